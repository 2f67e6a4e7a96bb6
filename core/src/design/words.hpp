// Numbers and lists as sentences of this room write them.
#pragma once

#include <string>
#include <vector>

#include "groundwork/base/words.hpp"
#include "groundwork/design/layout.hpp"
#include "groundwork/measurement/gls.hpp"

namespace groundwork::design {

std::string short_number(double value);                       ///< three digits
std::string percent(double share);                            ///< "80 %"
std::string counted(std::size_t n, const std::string& noun);  ///< "1 part", "2 parts"
/** "b1, b2 and b3"; at most four names, then how many more. */
std::string listed(const std::vector<int>& indices, const std::vector<std::string>& names);
/** "A and B (only in b1)". */
std::string described(const measurement::GraphComponent& part, const Layout&);

}  // namespace groundwork::design

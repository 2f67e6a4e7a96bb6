#pragma once

#include <string>
#include <vector>

#include "groundwork/api/message.hpp"
#include "groundwork/design/layout.hpp"
#include "groundwork/measurement/gls.hpp"

namespace groundwork::api {

/** A layout under `parent[key]` (docs/schemas/layout.json): conditions, batches, levels, cells. */
void put_layout(Message&, Json& parent, const design::Layout&);
design::Layout get_layout(const Message&, const Json& layout);

/** `[{"name", "terms": [{"condition", "coefficient"}]}]`. */
Json contrasts_to_json(const std::vector<measurement::Contrast>&, const design::Layout&);
std::vector<measurement::Contrast> contrasts_from_json(const Json&, const design::Layout&);

/** A name or a list of names. */
std::vector<std::string> names_from_json(const Json&, const std::string& key);

}  // namespace groundwork::api

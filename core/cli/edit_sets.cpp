#include "edit_sets.hpp"

#include "groundwork/screen/state_table.hpp"

namespace groundwork::cli {

api::Json edit_set(const std::string& text, const std::string& flag) {
  api::Json set = api::Json::array();
  std::vector<std::string> masked;  // no name is a column here
  for (const screen::Edit& edit : screen::parse_edits(text, screen::NameIndex({}), flag + " " + text, masked))
    set.push_back({{"name", edit.name}, {"dose", edit.dose}});
  return set;
}

}  // namespace groundwork::cli

#pragma once

#include <string>
#include <string_view>

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/** A text: in the JSON while it has at most `buffer_threshold` bytes, else a buffer (u1) of its UTF-8. */
void put_text(Message&, Json& parent, const std::string& key, const std::string& name, std::string_view text);

}  // namespace groundwork::api

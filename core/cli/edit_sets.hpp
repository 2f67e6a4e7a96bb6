#pragma once

#include <string>

#include "groundwork/api/message.hpp"

namespace groundwork::cli {

/** "A+B:2" as a list of edits of a request, percent-encoded names decoded; `flag` begins the sentence of a refusal. */
api::Json edit_set(const std::string& text, const std::string& flag);

}  // namespace groundwork::cli

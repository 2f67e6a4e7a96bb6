#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "arguments.hpp"
#include "groundwork/api/message.hpp"

namespace groundwork::cli {

/**
 * What `fit` and `compare` ask for in the same words: `--genes` (one number stays a number, anything else is a list of
 * names), `--differentiating` or `--resting`, `--baseline-medium`, `--sampling-time` in `--time-unit`, and the numbers
 * of training.
 */
void put_training_flags(const Arguments&, api::Json& request);

/** Numbers that are given, by flag and key. */
void put_numbers(const Arguments&, std::initializer_list<std::pair<const char*, const char*>>, api::Json& request);

}  // namespace groundwork::cli

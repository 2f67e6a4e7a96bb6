#pragma once

#include <string>

#include "groundwork/api/message.hpp"
#include "groundwork/fit/source.hpp"

namespace groundwork::api {

/** The data of a request that takes a screen or a state table. */
struct DataSource {
  std::string name;  ///< of the file that it came from
  fit::StateSource source;
};

/** Reads `screen` or `states`; throws `request.missing` unless there is exactly one of them. */
DataSource data_source_of(const Message& request, const std::string& command);

}  // namespace groundwork::api

#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/** The command `sheet`: a layout as plates with samples in random order (docs/schemas/sheet.json). */
Message run_sheet(const Message& request);

}  // namespace groundwork::api

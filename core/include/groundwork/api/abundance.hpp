#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * The command `abundance` (docs/schemas/abundance.json): how many cells of each edit there are against unedited cells,
 * by host; growth against unedited cells where it is identified; and, where the screen has cell types, which
 * compartments the cells moved to and how much of each gene's total effect comes from that. `{"screen": DOC, "medium":
 * NAME, "input":
 * {"name": FILE, "text": CSV}, "sampling_time": days, "genes": [NAME…], "fdr": 0.05}`; `input` is a table `edit,number`
 * of the start, unedited cells as "control". Throws `abundance.no_controls`, `abundance.no_edits`,
 * `abundance.no_hosts`, `abundance.media`, `abundance.input`, `medium.unknown`, `genes.unknown`, `request.value`.
 */
Message run_abundance(const Message& request);

}  // namespace groundwork::api

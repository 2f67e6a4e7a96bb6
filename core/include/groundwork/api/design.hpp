#pragma once

#include "groundwork/api/message.hpp"
#include "groundwork/design/plan.hpp"

namespace groundwork::api {

/** The command `design`: what a layout can estimate, and how well (docs/schemas/design.json). */
Message run_design(const Message& request);

/** The parts of it that DesignSession shares. Throws `request.…`, `layout.…`, `contrasts.…`, `design.…`. */
design::Plan plan_from_request(const Message& request);
/** sb2, sg2, sw2 and sw2_control of `variances` (depth, clones and guides: refine_assumptions); with `fixed`, every
 * s_f² is infinite whatever sb2 says. */
design::Assumptions assumptions_from_json(const Json& variances, bool fixed, const measurement::BatchLevels& levels);
/** One entry of "contrasts". */
Json answer_to_json(design::Plan&, std::size_t contrast);

}  // namespace groundwork::api

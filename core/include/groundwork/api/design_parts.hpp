#pragma once

#include "groundwork/api/message.hpp"
#include "groundwork/design/guides.hpp"
#include "groundwork/design/plan.hpp"

namespace groundwork::api {

/*
 * The parts of a `design` document that are made when they are asked for (docs/schemas/design.json): power over a
 * screen, the floor that noise leaves, repairs, suggestions, and the bound of any sharing out of the same cells.
 */

/** `guides`: {"guides", "control_guides", "efficacy_sd", "off_target_sd", "effective": {condition: G}}. */
design::GuideTerms guides_from_json(const Json& guides, const std::vector<std::string>& conditions);

/** Applies "depth", "clones" and "guides" of `variances` to assumptions that hold the rest. */
void refine_assumptions(const Json& variances, const std::vector<std::string>& conditions, design::Assumptions&);

/** A guide term takes the layout's column of guides where the request names no effective numbers itself. */
void take_guides_of_layout(const design::Layout&, design::Assumptions&);

/** Adds "power", "floor", "repairs", "suggestions" and "allocation" where the request asks for them. */
void add_design_parts(const Json& request, design::Plan&, Message& response);

double number_from_json(const Json& object, const std::string& key, double otherwise, const std::string& where);
std::string text_from_json(const Json& object, const std::string& key, const std::string& otherwise,
                           const std::string& where);

}  // namespace groundwork::api

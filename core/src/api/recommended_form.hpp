// The part of a fit document that `recommended` adds.
#pragma once

#include "groundwork/api/message.hpp"
#include "groundwork/fit/recommended.hpp"

namespace groundwork::api {

/** Under `parent["recommended"]`. */
void put_recommended(Message&, Json& parent, const fit::Recommended&);
/** What was picked and why, before the sentences of `parent["verdict"]`. */
void put_reasons(Json& parent, const fit::Recommended&);
/** `edits`: those of the fit document, whose genes, media and modality the candidates share. */
fit::Recommended get_recommended(const Message&, const Json& parent, const fit::EditModel& edits);

}  // namespace groundwork::api

#pragma once

#include <memory>

#include "groundwork/api/job.hpp"
#include "groundwork/audit/audit.hpp"

namespace groundwork::api {

/** The schema version of audit documents that this version writes. */
inline constexpr int audit_schema = 1;

/** The job `audit`: which silent assumptions of models a screen supports (docs/schemas/audit.json). */
std::unique_ptr<Job> start_audit(const Message& request);

/** The audit document; `screen` is the name of the counts, for people. */
Json audit_to_json(const audit::Audit&, const std::string& screen);

}  // namespace groundwork::api

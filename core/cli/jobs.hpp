#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "groundwork/api/job.hpp"

namespace groundwork::cli {

/** `--jobs N`, the cores of this machine without it. Throws `usage.value` below 1. */
long long jobs_from(const Arguments&);

/** Runs a job to its end. */
api::Message finished(std::unique_ptr<api::Job>);

/**
 * `work(0)` … `work(count − 1)` in at most `jobs` threads, each taking the next when it is free; the results in their
 * order. The first failure in that order is thrown once all threads are done.
 */
std::vector<api::Message> in_threads(std::size_t count, long long jobs,
                                     const std::function<api::Message(std::size_t)>& work);

/** `request.json[list]`: the messages, each embedded under the key `name` and then taken out of it. */
void embed_list(api::Message& request, const std::string& list, const std::string& name,
                const std::vector<api::Message>&);

}  // namespace groundwork::cli

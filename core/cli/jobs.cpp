#include "jobs.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <thread>

#include "groundwork/base/error.hpp"

namespace groundwork::cli {

long long jobs_from(const Arguments& arguments) {
  const long long cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const long long wanted = arguments.integer("jobs", cores);
  if (wanted < 1) throw Error("usage.value", "--jobs is " + std::to_string(wanted) + "; expected 1 or more");
  return wanted;
}

api::Message finished(std::unique_ptr<api::Job> job) {
  while (!job->advance(std::numeric_limits<double>::infinity())) {
  }
  return job->result();
}

std::vector<api::Message> in_threads(std::size_t count, long long jobs,
                                     const std::function<api::Message(std::size_t)>& work) {
  std::vector<api::Message> results(count);
  std::vector<std::exception_ptr> failures(count);
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t k = next++; k < count; k = next++) try {
        results[k] = work(k);
      } catch (...) {
        failures[k] = std::current_exception();
      }
  };
  std::vector<std::thread> threads;
  for (long long i = 1; i < std::min(jobs, static_cast<long long>(count)); ++i) threads.emplace_back(take);
  take();
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
  return results;
}

void embed_list(api::Message& request, const std::string& list, const std::string& name,
                const std::vector<api::Message>& messages) {
  api::Json entries = api::Json::array();
  for (std::size_t k = 0; k < messages.size(); ++k) {
    api::Json holder;
    api::embed(request, holder, name, name + std::to_string(k), messages[k]);
    entries.push_back(std::move(holder[name]));
  }
  request.json[list] = std::move(entries);
}

}  // namespace groundwork::cli

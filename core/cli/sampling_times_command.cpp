#include <span>

#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/sampling_times.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/screen/delimited_text.hpp"

namespace groundwork::cli {
namespace {

/** `time,<parameters…>`: one row for each output at each candidate time. */
void read_sensitivities(const std::string& path, api::Message& request) {
  const std::string text = read_text(path);
  std::vector<std::vector<double>> rows;
  api::Json times = api::Json::array(), parameters = api::Json::array();
  bool header = true;
  screen::DelimitedText reader(path);
  reader.push(text, true, [&](std::int64_t line, std::span<const std::string_view> fields) {
    if (header) {
      header = false;
      if (fields[0] != "time" || fields.size() < 2)
        throw Error("sensitivities.header", path + ", line 1: expected \"time\" and the names of parameters",
                    "Further columns are derivatives of an output by a parameter over the output's standard error.");
      for (std::size_t k = 1; k < fields.size(); ++k) parameters.push_back(std::string(fields[k]));
      return;
    }
    const std::string where = path + ", line " + std::to_string(line) + ", column ";
    times.push_back(number_from(std::string(fields[0]), where + "1"));
    rows.emplace_back();
    for (std::size_t k = 1; k < fields.size(); ++k)
      rows.back().push_back(number_from(std::string(fields[k]), where + std::to_string(k + 1)));
  });
  if (rows.empty()) throw Error("sensitivities.none", path + " holds no sensitivities", "Write one row per time.");
  Matrix m(static_cast<Index>(rows[0].size()), static_cast<Index>(rows.size()));
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t k = 0; k < rows[r].size(); ++k) m(static_cast<Index>(k), static_cast<Index>(r)) = rows[r][k];
  request.json["times"] = std::move(times);
  request.json["parameters"] = std::move(parameters);
  api::put_columns(request, request.json, "sensitivities", "sensitivities", m);
}

void run_sampling_times(const Arguments& arguments) {
  api::Message request;
  request.json = api::Json::object();
  if (arguments.has("sensitivities")) {
    api::Message with;
    with.json = api::Json::object();
    read_sensitivities(arguments.text("sensitivities"), with);
    request = std::move(with);
    if (arguments.has("samples")) request.json["samples"] = arguments.integer("samples", 0);
    if (arguments.flag("distinct")) request.json["repeats"] = false;
  } else {
    if (!arguments.has("rate"))
      throw Error("usage.missing", "sampling-times needs a rate, or sensitivities", "Give --rate or --sensitivities.");
    request.json["question"] = arguments.text("question", "decay");
    request.json["rate"] = arguments.number("rate", 0);
    if (arguments.has("window")) request.json["window"] = arguments.number("window", 0);
    if (arguments.has("times")) request.json["times"] = arguments.numbers("times");
  }
  const api::Message result = api::run_sampling_times(request);
  warn(result.json["sentence"].get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command sampling_times_command() {
  return {
      "sampling-times",
      "When to take samples",
      {{"rate", "VALUE", "expected rate of decay, per unit of time"},
       {"question", "NAME", "decay, decay_unknown_start or production_decay (default: decay)"},
       {"window", "T", "production_decay: the last time at which a sample can be taken"},
       {"times", "T,T,…", "decay: what these times would keep of the best one"},
       {"sensitivities", "FILE",
        "time,<parameters>: rows of derivatives of outputs over their standard error; several rows may share a time"},
       {"samples", "N", "with --sensitivities: how many samples (default: as many as parameters)"},
       {"distinct", "", "with --sensitivities: no time twice"},
       output_option()},
      "times, best first in time; sentence. With sensitivities log_det of the information, bound that no choice of so "
      "many samples can\n"
      "exceed, and efficiency, (exp(log_det - bound))^(1/parameters). With --times: offered [{time, efficiency}].",
      run_sampling_times};
}

}  // namespace groundwork::cli

#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/prices.hpp"

namespace groundwork::cli {
namespace {

void run_prices(const Arguments& arguments) {
  api::Message request;
  request.json = api::Json::object();
  write_result(arguments, api::run_prices(request));
}

}  // namespace

Command prices_command() {
  return {
      "prices",
      "Dated presets of what batches, cells and reads cost, for allocation and optimise",
      {output_option()},
      "presets [{id, name, source, seen (date), unit (null: the source does not say), placeholder (round numbers "
      "of nobody), batch,\n"
      "cell, read}]. `allocation --prices ID` and \"prices\": {\"preset\": ID} of a spec start from one; prices that "
      "are given\n"
      "beside it take its place.",
      run_prices};
}

}  // namespace groundwork::cli

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "groundwork/api/design_session.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/measurement/reml.hpp"

/**
 * What a person feels while a slider of the design page moves: the session's answer (variances of all contrasts and the
 * verdict) and 30 rows with degrees of freedom, for 10,000 conditions × 100 batches with random cells and holes.
 * Medians in milliseconds. And REML of 5,000 genes × 25 conditions × 3 batches.
 */
using namespace groundwork;
using api::Json;
using Clock = std::chrono::steady_clock;

namespace {

double milliseconds(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void report(const std::string& name, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  std::printf("{\"name\": \"%s\", \"ms\": %.2f, \"least_ms\": %.2f}\n", name.c_str(), times[times.size() / 2],
              times[0]);
}

api::Message request_of(int conditions, int batches) {
  Random random(1);
  Json cells = Json::array(), names = Json::array(), columns = Json::array();
  for (int b = 0; b < batches; ++b) columns.push_back("b" + std::to_string(b));
  for (int c = 0; c < conditions; ++c) {
    names.push_back(c == 0 ? "control" : "P" + std::to_string(c));
    Json row = Json::array();
    for (int b = 0; b < batches; ++b) row.push_back(c == 0 ? 200 : random.below(4) == 0 ? 0 : 20 + random.below(80));
    cells.push_back(std::move(row));
  }
  api::Message request;
  request.json = {
      {"layout", {{"conditions", std::move(names)}, {"batches", std::move(columns)}, {"cells", std::move(cells)}}},
      {"control", "control"},
      {"variances", {{"sb2", 0.02}, {"sg2", 0.01}, {"sw2", 0.4}}}};
  return request;
}

void bench_session(const std::string& size, int conditions, int batches) {
  const api::Message request = request_of(conditions, batches);
  api::DesignSession session(request);
  Json variances = request.json["variances"];
  session.update(variances);
  session.rows(0, 30);
  std::vector<double> moved, rows, all, all_rows, edited;
  for (int k = 0; k < 15; ++k) {
    variances["sb2"] = 0.02 + 0.001 * (k + 1);
    auto start = Clock::now();
    session.update(variances);
    moved.push_back(milliseconds(start));
    session.rows(100, 30);
    rows.push_back(milliseconds(start));
  }
  for (int k = 0; k < 9; ++k) {
    variances["sg2"] = 0.01 + 0.001 * (k + 1);
    auto start = Clock::now();
    session.update(variances);
    all.push_back(milliseconds(start));
    session.rows(100, 30);
    all_rows.push_back(milliseconds(start));
    start = Clock::now();
    session.set_cell(k, 1, 40 + k);
    session.update(variances);
    session.rows(100, 30);
    edited.push_back(milliseconds(start));
  }
  report("design " + size + ", sb2 moves", moved);
  report("design " + size + ", sb2 moves, with rows", rows);
  report("design " + size + ", sg2 moves", all);
  report("design " + size + ", sg2 moves, with rows", all_rows);
  report("design " + size + ", a cell edited, with rows", edited);
}

void bench_reml() {
  Random random(2);
  const measurement::BatchLevels levels = measurement::nest_levels({"batch"}, {{"1", "2", "3"}});
  std::vector<int> condition, column;
  for (int c = 0; c < 25; ++c)
    for (int b = 0; b < 3; ++b) {
      condition.push_back(c);
      column.push_back(b);
    }
  measurement::Reml reml(levels, condition, column);
  const auto start = Clock::now();
  double sum = 0;
  for (int gene = 0; gene < 5000; ++gene) {
    Vector mean(75), variance(75);
    for (Index k = 0; k < 75; ++k) {
      variance[k] = 0.01 + 0.02 * random.uniform();
      mean[k] = 0.2 * static_cast<double>(k % 3) + std::sqrt(0.01 + variance[k]) * random.normal();
    }
    reml.set_known(mean, variance);
    sum += measurement::fit_reml(reml).theta[1];
  }
  std::printf("{\"name\": \"REML 5000 genes x 25 x 3\", \"ms\": %.1f, \"mean_sg2\": %.5f}\n", milliseconds(start),
              sum / 5000);
}

}  // namespace

int main() {
  bench_session("25 x 3", 25, 3);
  bench_session("10000 x 100", 10000, 100);
  bench_reml();
  return 0;
}

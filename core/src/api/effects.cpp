#include "groundwork/api/effects.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "gene_sets_part.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/measurement/count_noise.hpp"
#include "groundwork/measurement/guide_effects.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

const char* name_of(measurement::ErrorBasis basis) {
  switch (basis) {
    case measurement::ErrorBasis::batches:
      return "batches";
    case measurement::ErrorBasis::across_batches:
      return "across_batches";
    case measurement::ErrorBasis::cells:
      return "cells";
    case measurement::ErrorBasis::none:
      break;
  }
  return "none";
}

/** What is tested, in which rows. */
struct Table {
  screen::Levels levels;                                      ///< with the rows below detection let in for testing
  Eigen::Matrix<bool, Eigen::Dynamic, Eigen::Dynamic> below;  ///< genes × conditions: some row is below detection
};

/**
 * Rows that an edit leaves below detection count with the variance that they would have without any effect: a test of
 * "no effect" needs no other, and the estimate is then an upper bound.
 */
Table table_of(const screen::Screen& data, const std::vector<int>& genes, const screen::Levels& trusted) {
  Table table{trusted, {}};
  table.below.setConstant(trusted.x.rows(), static_cast<Index>(data.conditions.size()), false);
  const Matrix theta = measurement::unperturbed_noise_of(data, genes, measurement::dispersion_of(data), true);
  for (Index r = 0; r < trusted.x.cols(); ++r) {
    const int condition = trusted.rows[static_cast<std::size_t>(r)].condition;
    if (data.conditions[static_cast<std::size_t>(condition)].is_control()) continue;
    for (Index g = 0; g < trusted.x.rows(); ++g) {
      if (trusted.trust(g, r) != screen::Trust::censored || !(theta(g, r) <= 0.2)) continue;
      table.levels.trust(g, r) = screen::Trust::trusted;
      table.levels.variance(g, r) = trigamma(1 / theta(g, r));
      table.below(g, condition) = true;
    }
  }
  return table;
}

std::vector<int> genes_of(const Json& request, const screen::Screen& data) {
  if (request.contains("genes") && !request["genes"].is_null())
    return measurement::gene_indices(data, names_from_json(request["genes"], "genes"));
  std::vector<int> genes = measurement::genes_above_noise(data);
  if (genes.empty())
    throw Error("effects.no_genes",
                "No gene is counted often enough in the controls to be trusted (theta at most 0.2).",
                "Name genes explicitly, or use a screen with more cells.");
  return genes;
}

double fdr_of(const Json& request) {
  if (!request.contains("fdr") || request["fdr"].is_null()) return 0.05;
  const double fdr = request["fdr"].is_number() ? request["fdr"].get<double>() : nan;
  if (!(fdr > 0 && fdr < 1)) throw Error("request.value", "\"fdr\" is not a number between 0 and 1.");
  return fdr;
}

Json guides_to_json(const screen::Screen& data, const std::vector<measurement::GuideEffect>& guides) {
  Json list = Json::array();
  for (const auto& g : guides)
    list.push_back({{"guide", g.guide},
                    {"condition", screen::label_of(data.conditions[static_cast<std::size_t>(g.condition)])},
                    {"cells", g.cells},
                    {"efficacy", number_or_null(g.efficacy)},
                    {"efficacy_se", number_or_null(g.efficacy_se)},
                    {"concordance", number_or_null(g.concordance)},
                    {"hits", g.hits},
                    {"verdict", g.verdict}});
  return list;
}

Json left_out_to_json(const std::vector<measurement::LeftOutGuide>& guides) {
  if (guides.empty()) return nullptr;
  Json list = Json::array();
  double tests = 0, below = 0, hits = 0;
  for (const auto& g : guides) {
    list.push_back(
        {{"guide", g.guide}, {"cells", g.cells}, {"tests", g.tests}, {"below_five", g.below_five}, {"hits", g.hits}});
    tests += g.tests;
    below += g.below_five;
    hits += g.hits;
  }
  return {{"guides", std::move(list)},
          {"share_below_five", number_or_null(tests > 0 ? below / tests : nan)},
          {"hits", hits}};
}

/** Without the tests of each edit on its own target: that it moves says nothing about a set, and it moves most. */
measurement::EffectTests without_targets(measurement::EffectTests tests, const screen::Screen& data,
                                         const std::vector<int>& tested, const std::vector<std::string>& genes) {
  for (std::size_t k = 0; k < tested.size(); ++k)
    for (const auto& edit : data.conditions[static_cast<std::size_t>(tested[k])].edits)
      for (std::size_t g = 0; g < genes.size(); ++g)
        if (genes[g] == edit.name) tests.p(static_cast<Index>(g), static_cast<Index>(k)) = nan;
  return tests;
}

std::string percent_to_tenths(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

}  // namespace

Message run_effects(const Message& request) {
  refuse_unknown(request.json, {"screen", "genes", "fdr", "guides", "gene_sets", "buffers"}, "effects");
  if (!request.json.contains("screen")) throw Error("request.missing_key", "The key \"screen\" is missing.");
  const screen::Screen data = screen_from_message(extract(request, request.json, "screen"));
  const double fdr = fdr_of(request.json);
  const std::vector<int> control = measurement::matched_controls(data.conditions);
  const auto is_control = [](const screen::Condition& c) { return c.is_control(); };
  if (std::none_of(data.conditions.begin(), data.conditions.end(), is_control))
    throw Error("effects.no_controls", "The screen has no control cells to compare edited cells with.",
                "Name the control level of the perturbation column when summarising.");
  if (std::all_of(data.conditions.begin(), data.conditions.end(), is_control))
    throw Error("effects.no_edits", "The screen has no edited cells.",
                "Choose the perturbation column when summarising.");
  const std::vector<int> genes = genes_of(request.json, data);
  std::optional<MeasuredSets> sets;
  if (request.json.contains("gene_sets") && !request.json["gene_sets"].is_null()) {
    std::vector<std::string> names;
    for (const int g : genes) names.push_back(data.genes[static_cast<std::size_t>(g)]);
    sets = measured_sets(request.json["gene_sets"], names);
  }
  measurement::LevelsOptions options;
  options.merge_halves = true;
  const screen::Levels trusted = measurement::levels_of(data, genes, options);
  const auto variances = measurement::moderate(trusted, measurement::variance_components(trusted));
  const Table table = table_of(data, genes, trusted);

  std::vector<int> tested;
  std::vector<measurement::Contrast> contrasts;
  Json warnings = Json::array();
  for (std::size_t c = 0; c < data.conditions.size(); ++c) {
    if (data.conditions[c].is_control()) continue;
    if (control[c] < 0) {
      warnings.push_back("There is no control with the medium, time and cell type of " +
                         screen::label_of(data.conditions[c]) + "; it is not tested.");
      continue;
    }
    tested.push_back(static_cast<int>(c));
    contrasts.push_back({"", {{static_cast<int>(c), 1.0}, {control[c], -1.0}}});
  }
  measurement::EffectTests tests = measurement::test_contrasts(table.levels, variances, contrasts);
  const Matrix q = measurement::adjusted(tests.p);
  Matrix low = tests.estimate, high = tests.estimate;
  for (Index i = 0; i < low.size(); ++i) {
    if (!std::isfinite(tests.se(i))) continue;
    const double half = student_t_quantile(0.975, tests.df(i)) * tests.se(i);
    low(i) -= half;
    high(i) += half;
  }
  for (std::size_t k = 0; k < tested.size(); ++k)
    for (Index g = 0; g < low.rows(); ++g)
      if (table.below(g, tested[k])) low(g, static_cast<Index>(k)) = nan;
  std::optional<measurement::GeneSetTests> set_tests;
  if (sets)
    set_tests = measurement::test_gene_sets(without_targets(tests, data, tested, trusted.genes),
                                            measurement::replicate_residuals(trusted, variances), sets->rows);
  tests.df = tests.df.unaryExpr([](double df) { return std::isfinite(df) ? df : nan; });

  Message message;
  Json out;
  out["kind"] = "effects";
  out["schema"] = 1;
  out["fdr"] = fdr;
  out["genes"] = trusted.genes;
  std::vector<double> cells(data.conditions.size(), 0);
  for (const auto& group : data.groups)
    cells[static_cast<std::size_t>(group.condition)] += static_cast<double>(group.cells);
  Json conditions = Json::array();
  std::vector<int> below;
  double hits = 0, with_hits = 0;
  bool cells_only = false, across = false;
  for (std::size_t k = 0; k < tested.size(); ++k) {
    const auto c = static_cast<std::size_t>(tested[k]);
    int count = 0, up = 0, down = 0;
    for (Index g = 0; g < q.rows(); ++g) {
      const auto at = static_cast<Index>(k);
      below.push_back(table.below(g, tested[k]) ? 1 : 0);
      if (!std::isfinite(q(g, at))) continue;
      ++count;
      if (q(g, at) <= fdr) ++(tests.estimate(g, at) > 0 ? up : down);
    }
    hits += up + down;
    with_hits += up + down > 0 ? 1 : 0;
    cells_only = cells_only || tests.basis[k] == measurement::ErrorBasis::cells;
    across = across || tests.basis[k] == measurement::ErrorBasis::across_batches;
    Json edits = Json::array();
    for (const auto& edit : data.conditions[c].edits) edits.push_back(edit.name);
    conditions.push_back({{"condition", screen::label_of(data.conditions[c])},
                          {"edits", std::move(edits)},
                          {"control", screen::label_of(data.conditions[static_cast<std::size_t>(control[c])])},
                          {"cells", cells[c]},
                          {"control_cells", cells[static_cast<std::size_t>(control[c])]},
                          {"basis", name_of(tests.basis[k])},
                          {"tested", count},
                          {"up", up},
                          {"down", down}});
  }
  out["conditions"] = std::move(conditions);
  put_columns(message, out, "estimate", "estimate", tests.estimate);
  put_columns(message, out, "se", "se", tests.se);
  put_columns(message, out, "low", "low", low);
  put_columns(message, out, "high", "high", high);
  put_columns(message, out, "df", "df", tests.df);
  put_columns(message, out, "p", "p", tests.p);
  put_columns(message, out, "q", "q", q);
  put_integers(message, out, "below_detection", "below_detection", below);
  out["variances"] = {{"sg2", number_or_null(variances.prior_mean)},
                      {"sg2_spread", number_or_null(variances.estimable ? std::sqrt(variances.prior_spread) : nan)}};
  const Json* wanted = request.json.contains("guides") ? &request.json["guides"] : nullptr;
  if (wanted && !wanted->is_boolean()) throw Error("request.value", "\"guides\" is neither true nor false.");
  const bool guides = !data.guides.empty() && (!wanted || wanted->get<bool>());
  out["guides"] =
      guides ? guides_to_json(data, measurement::guide_effects(data, genes, variances, fdr)) : Json::array();
  out["left_out"] =
      guides ? left_out_to_json(measurement::left_out_guides(data, genes, variances, fdr)) : Json(nullptr);

  Json verdict = Json::array();
  char text[200];
  std::snprintf(text, sizeof text,
                "%.0f of %zu edited conditions move at least one of %zu genes at a false discovery rate of %g (%.0f "
                "effects).",
                with_hits, tested.size(), genes.size(), fdr, hits);
  verdict.push_back(text);
  const double by_chance = !out["left_out"].is_null() && out["left_out"]["share_below_five"].is_number()
                               ? out["left_out"]["share_below_five"].get<double>()
                               : nan;
  if (std::isfinite(by_chance))
    verdict.push_back("Non-targeting guides left out one at a time: " + percent_to_tenths(by_chance) +
                      " of their tests have p < 0.05, where 5 % are expected by chance.");
  out["gene_sets"] = sets ? gene_sets_to_json(message, *sets, *set_tests, fdr, verdict, warnings) : Json(nullptr);
  // Guides that do nothing cannot move genes; what moves all genes alike is the depth that they are divided by.
  if (by_chance > 0.08)
    warnings.push_back(
        "Non-targeting guides have " + significant(by_chance / 0.05, 2) +
        " times as many small p as chance gives, so hits are too many. Often a few genes hold so much of the "
        "depth that every other gene seems to move when they do: summarise without them in the size factor "
        "(the page: \"Genes that depth does not count\"; --exclude-from-size-factor).");
  if (cells_only)
    warnings.push_back(
        "This layout cannot tell how much the same condition differs between batches, so errors come from the counts "
        "of the cells alone and are too small by what batches would add. Two batches with controls in each would do.");
  if (across)
    warnings.push_back(
        "Some edits share no batch with their control; their errors include the variance between batches.");
  out["verdict"] = std::move(verdict);
  out["warnings"] = std::move(warnings);
  for (auto& [key, value] : out.items()) message.json[key] = std::move(value);
  return message;
}

}  // namespace groundwork::api

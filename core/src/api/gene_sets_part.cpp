#include "gene_sets_part.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/screen/name_index.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

constexpr const char* fewer_than_two = "Fewer than two of its genes are tested in this screen.";
constexpr std::size_t named_sets = 5;

/** Why a set has no answer for any edit; "" where it has one. */
std::string reason_of(const MeasuredSets& measured, const measurement::GeneSetTests& tests, std::size_t s) {
  if (measured.rows[s].size() < 2) return fewer_than_two;
  if (tests.p.row(static_cast<Index>(s)).array().isFinite().any()) return "";
  return "No edit has two of its genes and two others tested.";
}

}  // namespace

MeasuredSets measured_sets(const Json& given, const std::vector<std::string>& genes) {
  if (!given.is_object() || !given.contains("name") || !given.contains("text") || !given["name"].is_string() ||
      !given["text"].is_string() || given.size() != 2)
    throw Error("request.value", "effects: \"gene_sets\" is " + given.dump().substr(0, 60) +
                                     "; expected the \"name\" and the \"text\" of a GMT file.");
  MeasuredSets out;
  out.file = given["name"].get<std::string>();
  out.sets = screen::read_gene_sets(out.file, given["text"].get_ref<const std::string&>());
  screen::NameIndex index;
  for (const auto& gene : genes) index.add(gene);
  std::size_t most = 0;
  for (const auto& set : out.sets) {
    std::vector<int> rows;
    for (const auto& gene : set.genes)
      if (const int row = index.find(gene); row >= 0) rows.push_back(row);
    most = std::max(most, rows.size());
    out.rows.push_back(std::move(rows));
  }
  if (most == 0)
    throw Error("gene_sets.no_overlap",
                out.file + ": none of the genes of its " + std::to_string(out.sets.size()) +
                    " sets is tested in this screen (the first set begins with " + out.sets[0].genes[0] +
                    ", the screen with " + genes[0] + ").",
                "Use sets that name genes as the screen does: the same species, and symbols or identifiers in both.");
  if (most < 2)
    throw Error("gene_sets.too_few",
                out.file + ": no set has two or more genes that are tested in this screen; one gene is no set.",
                "Use larger sets, or look at the genes themselves.");
  return out;
}

Json gene_sets_to_json(Message& message, const MeasuredSets& measured, const measurement::GeneSetTests& tests,
                       double fdr, Json& verdict, Json& warnings) {
  const Matrix q = measurement::adjusted(tests.p);
  Json sets = Json::array();
  std::vector<std::string> small;
  bool preset = false;
  for (std::size_t s = 0; s < measured.sets.size(); ++s) {
    const std::string reason = reason_of(measured, tests, s);
    const bool from_replicates = tests.from_replicates[s];
    const double rho = tests.correlation[static_cast<Index>(s)];
    preset = preset || (reason.empty() && !from_replicates);
    if (measured.rows[s].size() < 2) small.push_back(measured.sets[s].name);
    const char* source = from_replicates ? "replicates" : "preset";
    sets.push_back({{"name", measured.sets[s].name},
                    {"description", measured.sets[s].description},
                    {"genes", measured.sets[s].genes.size()},
                    {"measured", measured.rows[s].size()},
                    {"correlation", number_or_null(rho)},
                    {"correlation_from", std::isfinite(rho) ? Json(source) : Json(nullptr)},
                    {"reason", reason.empty() ? Json(nullptr) : Json(reason)}});
  }
  double pairs = 0, edits = 0;
  for (Index k = 0; k < q.cols(); ++k) {
    double here = 0;
    for (Index s = 0; s < q.rows(); ++s) here += q(s, k) <= fdr ? 1 : 0;
    pairs += here;
    edits += here > 0 ? 1 : 0;
  }
  verdict.push_back(whole_number(edits) + " of " + std::to_string(q.cols()) +
                    " edited conditions move at least one of " + std::to_string(measured.sets.size() - small.size()) +
                    " gene sets against the other genes at a false discovery rate of " + significant(fdr) + " (" +
                    whole_number(pairs) + " pairs).");
  if (!small.empty()) {
    const std::vector<std::string> first(
        small.begin(), small.begin() + static_cast<std::ptrdiff_t>(std::min(small.size(), named_sets)));
    warnings.push_back(std::to_string(small.size()) + " of " + std::to_string(measured.sets.size()) +
                       " gene sets have fewer than two tested genes and are left out (" + joined(first) +
                       (small.size() > named_sets ? ", …" : "") + ").");
  }
  if (preset)
    warnings.push_back(
        "There are too few replicates to estimate how the genes of a set vary together (fewer than ten residual "
        "degrees "
        "of freedom); their correlation is taken to be 0.01, and sets whose genes vary together more than that have p "
        "that are too small.");
  Json out = {{"source", measured.file}, {"sets", std::move(sets)}};
  put_columns(message, out, "estimate", "set_estimate", tests.estimate);
  put_columns(message, out, "score", "set_score", tests.score);
  put_columns(message, out, "df", "set_df", tests.df);
  put_columns(message, out, "p", "set_p", tests.p);
  put_columns(message, out, "q", "set_q", q);
  return out;
}

}  // namespace groundwork::api

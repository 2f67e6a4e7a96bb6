#include "groundwork/screen/role_proposal.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace groundwork::screen {
namespace {

using Words = std::initializer_list<std::string_view>;

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

/** Letters and digits of a name, in lower case, split at everything else: "Bio.Rep" → bio, rep. */
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (char c : lowered(name)) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool has_word(std::string_view name, Words list) {
  for (const std::string& word : words_of(name))
    for (std::string_view known : list)
      if (word == known) return true;
  return false;
}

std::string squeezed(std::string_view text) {
  std::string letters;
  for (char c : lowered(text))
    if (std::isalnum(static_cast<unsigned char>(c))) letters += c;
  return letters;
}

bool is_one_of(std::string_view text, Words list) {
  const std::string letters = squeezed(text);
  return std::find(list.begin(), list.end(), letters) != list.end();
}

bool names_dropped(std::string_view label) {
  return is_one_of(label, {"multiple", "multi", "multiplet", "unassigned", "unknown", "doublet", "ambiguous", "noguide",
                           "undetermined", "nocall"});
}

bool is_numeric(const Column& column) {
  return !column.levels.empty() && std::all_of(column.levels.begin(), column.levels.end(),
                                               [](const std::string& l) { return number_in(l).has_value(); });
}

bool any_level(const Column& column, bool (*is)(std::string_view)) {
  return std::any_of(column.levels.begin(), column.levels.end(), [&](const std::string& l) { return is(l); });
}

std::string listed(const std::vector<std::string>& items) {
  std::string list;
  for (const auto& item : items) list += (list.empty() ? "'" : ", '") + item + "'";
  return list;
}

/** Few enough levels to be a batch: each with enough cells to hold several conditions. */
bool has_few_levels(const Column& column, std::int64_t cells) {
  return column.levels.size() >= 2 &&
         static_cast<std::int64_t>(column.levels.size()) <= std::max<std::int64_t>(8, cells / 20);
}

/** Each level of `fine` lies within one level of `coarse`. */
bool lies_within(const Column& fine, const Column& coarse) {
  std::vector<int> of(fine.levels.size(), -1);
  for (std::size_t i = 0; i < fine.code.size(); ++i) {
    if (fine.code[i] < 0 || coarse.code[i] < 0) continue;
    int& level = of[static_cast<std::size_t>(fine.code[i])];
    if (level >= 0 && level != coarse.code[i]) return false;
    level = coarse.code[i];
  }
  return true;
}

class Proposer {
 public:
  explicit Proposer(const CellTable& table) : table_(table) {}

  RoleProposal propose() {
    propose_guide();
    propose_perturbation();
    propose_time();
    propose_single("cell_type", result_.roles.cell_type, {"celltype", "annotation", "tissue", "compartment", "organ"},
                   "the name says cell type or tissue");
    propose_cell_type_of_two_words();
    propose_single("medium", result_.roles.medium,
                   {"medium", "media", "stim", "stimulation", "stimulus", "cytokine", "treatment", "ra", "lps"},
                   "the name says what the cells were given");
    propose_single("host", result_.roles.host, {"mouse", "animal", "host", "patient"},
                   "the name says host: its niche is unknown, so it is a batch before all others");
    propose_batches();
    propose_modality();
    return std::move(result_);
  }

 private:
  bool free(const Column& c) const { return !c.crowded && !c.levels.empty() && taken_.count(c.name) == 0; }

  void take(const std::string& role, const Column& c, const std::string& why) {
    taken_.insert(c.name);
    result_.why[role] = "Column '" + c.name + "': " + why + ".";
  }

  void propose_guide() {
    for (const Column& c : table_.columns) {
      if (!free(c) || is_numeric(c) || !has_word(c.name, {"guide", "guides", "grna", "sgrna", "grnas", "guideid"}))
        continue;
      result_.roles.guide = c.name;
      take("guide", c, "the name says guide");
      return;
    }
  }

  void propose_perturbation() {
    const Column* best = nullptr;
    int best_score = 0;
    for (const Column& c : table_.columns) {
      if (!free(c) || is_numeric(c) || c.levels.size() < 2) continue;
      int score = 0;
      if (has_word(c.name, {"perturbation", "perturbed", "perturb", "crispr", "ko", "knockout"})) score += 5;
      if (has_word(c.name, {"target", "targets"})) score += 4;
      if (has_word(c.name, {"label", "gene", "condition", "genotype", "drug", "compound", "strain", "edit"}))
        score += 3;
      if (any_level(c, names_control)) score += 4;
      if (any_level(c, names_dropped)) score += 1;
      if (score > best_score) {
        best = &c;
        best_score = score;
      }
    }
    if (!best || best_score < 3) {
      result_.why["perturbation"] = "No column says which cells were edited.";
      return;
    }
    Roles& roles = result_.roles;
    roles.perturbation = best->name;
    for (const std::string& level : best->levels) {
      if (names_control(level)) roles.control.push_back(level);
      if (names_dropped(level)) roles.drop.push_back(level);
    }
    take("perturbation", *best,
         roles.control.empty() ? "the name says what was perturbed"
                               : "it holds " + listed(roles.control) + ", as controls are called");
    result_.why["control"] = roles.control.empty()
                                 ? "No value of '" + best->name + "' is a usual name of unedited cells: choose it."
                                 : listed(roles.control) + " is a usual name of unedited cells.";
    if (!roles.drop.empty())
      result_.why["drop"] = listed(roles.drop) + " says that the edit of these cells is not known.";
    roles.separator = propose_separator(*best, roles.control);
    if (!roles.separator.empty())
      result_.why["separator"] = "Labels with '" + roles.separator + "' split into labels that also occur alone.";
  }

  void propose_time() {
    for (const Column& c : table_.columns) {
      if (!free(c) || !is_numeric(c) ||
          !has_word(c.name, {"time", "timepoint", "hour", "hours", "day", "days", "minute", "minutes", "hpi", "dpi"}))
        continue;
      if (has_word(c.name, {"pseudotime"}) ||
          static_cast<std::int64_t>(c.levels.size()) > std::max<std::int64_t>(8, table_.rows / 20))
        continue;
      result_.roles.time = c.name;
      std::string unit = "h";
      if (has_word(c.name, {"d", "day", "days", "dpi"})) unit = "d";
      if (has_word(c.name, {"min", "minute", "minutes"})) unit = "min";
      result_.roles.time_unit = unit;
      take("time", c, "the name says time and its values are numbers");
      result_.why["time_unit"] = has_word(c.name, {"h", "hour", "hours", "hpi"}) || unit != "h"
                                     ? "The name of column '" + c.name + "' gives the unit."
                                     : "The unit is not given: hours are assumed.";
      return;
    }
  }

  void propose_single(const std::string& role, std::string& into, Words words, const std::string& why) {
    for (const Column& c : table_.columns) {
      if (!into.empty() || !free(c) || !has_word(c.name, words) ||
          static_cast<std::int64_t>(c.levels.size()) > std::max<std::int64_t>(8, table_.rows / 20))
        continue;
      into = c.name;
      take(role, c, why);
    }
  }

  void propose_cell_type_of_two_words() {
    for (const Column& c : table_.columns) {
      if (!result_.roles.cell_type.empty() || !free(c) || squeezed(c.name) != "celltype" || is_numeric(c)) continue;
      result_.roles.cell_type = c.name;
      take("cell_type", c, "the name says cell type");
    }
  }

  void propose_batches() {
    std::vector<const Column*> batches;
    for (const Column& c : table_.columns) {
      if (!free(c) || !has_few_levels(c, table_.rows)) continue;
      if (!has_word(c.name, {"batch", "lane", "rep", "replicate", "donor", "day", "library", "plate", "run", "chip",
                             "channel", "pool", "gemgroup", "gem", "sample", "experiment", "biorep"}))
        continue;
      const bool repeats = std::any_of(batches.begin(), batches.end(),
                                       [&](const Column* b) { return lies_within(c, *b) && lies_within(*b, c); });
      if (!repeats) batches.push_back(&c);
    }
    std::stable_sort(batches.begin(), batches.end(),
                     [](const Column* a, const Column* b) { return a->levels.size() < b->levels.size(); });
    for (const Column* c : batches) {
      result_.roles.batch.push_back(c->name);
      taken_.insert(c->name);
    }
    if (batches.empty())
      result_.why["batch"] = "No column with a few values has a name such as batch, lane, replicate or donor.";
    else
      result_.why["batch"] =
          "The names of " + listed(result_.roles.batch) + " say batch; coarse to fine by number of values.";
  }

  void propose_modality() {
    const auto mentions = [&](Words parts) {
      for (const std::string& role : {result_.roles.guide, result_.roles.perturbation}) {
        const Column* c = table_.find(role);
        for (std::size_t i = 0; c && i < c->levels.size(); ++i)
          for (std::string_view part : parts)
            if (lowered(c->levels[i]).find(part) != std::string::npos) return true;
      }
      return false;
    };
    Roles& roles = result_.roles;
    if (mentions({"crispra", "vpr", "dcas9-sam"})) {
      roles.modality = Modality::crispra;
      result_.why["modality"] = "Labels mention an activator.";
    } else if (mentions({"crispri", "dcas9", "krab"})) {
      roles.modality = Modality::crispri;
      result_.why["modality"] = "Labels mention dCas9 or CRISPRi.";
    } else {
      result_.why["modality"] = "The file does not say: knock-out is assumed.";
    }
  }

  const CellTable& table_;
  RoleProposal result_;
  std::set<std::string> taken_;
};

}  // namespace

RoleProposal propose_roles(const CellTable& table) { return Proposer(table).propose(); }

bool names_control(std::string_view label) {
  return is_one_of(label, {"nontargeting",
                           "nontarget",
                           "nontargetting",
                           "nt",
                           "ntc",
                           "nontargetingcontrol",
                           "control",
                           "controls",
                           "ctrl",
                           "ctl",
                           "safetargeting",
                           "safe",
                           "safeharbor",
                           "scrambled",
                           "scramble",
                           "negctrl",
                           "negcontrol",
                           "negativecontrol",
                           "unperturbed",
                           "unedited",
                           "untreated",
                           "dmso",
                           "vehicle",
                           "mock",
                           "wildtype",
                           "wt",
                           "neg"});
}

std::string propose_separator(const Column& column, const std::vector<std::string>& control) {
  const auto halves = [](const std::string& level, const std::string& separator) {
    const std::size_t at = level.find(separator);
    const auto trim = [](std::string part) {
      part.erase(0, part.find_first_not_of(' '));
      part.erase(part.find_last_not_of(' ') + 1);
      return part;
    };
    if (at == std::string::npos) return std::pair<std::string, std::string>{};
    return std::pair{trim(level.substr(0, at)), trim(level.substr(at + separator.size()))};
  };
  for (const std::string separator : {"+", "|", ";", "&", ",", "_"}) {
    std::set<std::string> known(column.levels.begin(), column.levels.end());
    known.insert(control.begin(), control.end());
    // Single edits may be written as pairs with a control. Not where "_" only numbers the controls: control_1.
    for (const std::string& level : column.levels) {
      const auto [first, second] = halves(level, separator);
      if (separator == "_" || (!names_control(first) && !names_control(second))) continue;
      known.insert(first);
      known.insert(second);
    }
    int with = 0, split = 0;
    for (const std::string& level : column.levels) {
      const auto [first, second] = halves(level, separator);
      if (first.empty() || second.empty() || names_control(level) || names_dropped(level)) continue;
      ++with;
      split += known.count(first) != 0 && known.count(second) != 0;
    }
    if (with > 0 && 2 * split > with) return separator;
  }
  return "";
}

}  // namespace groundwork::screen

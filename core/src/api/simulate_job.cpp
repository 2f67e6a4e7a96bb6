#include <chrono>

#include "groundwork/api/simulate.hpp"
#include "groundwork/base/error.hpp"
#include "message_text.hpp"

namespace groundwork::api {
namespace {

constexpr std::int64_t largest = 100000000, largest_text = 20000000;

/** A column of the cell table: names, and an index into them for every cell. */
struct Column {
  std::string name;
  std::vector<std::string> levels;
  std::vector<int> codes;
};

class SimulateJob : public Job {
 public:
  SimulateJob(const Recipe& recipe, bool text) : simulation_(recipe), text_(text) {
    const Truth& truth = simulation_.truth();
    const std::int64_t size = simulation_.cells() * static_cast<std::int64_t>(truth.genes.size());
    const std::int64_t most = text ? largest_text : largest;
    if (size > most)
      throw Error("recipe.too_large",
                  "This recipe makes " + std::to_string(simulation_.cells()) + " cells of " +
                      std::to_string(truth.genes.size()) + " genes; at most " + std::to_string(most) +
                      " counts are held at once.",
                  "Ask for fewer cells, or use `groundwork simulate`, which writes them to files as it goes.");
    if (text) {
      counts_text_ = counts_header(truth);
      cells_text_ = cells_header(truth);
      return;
    }
    counts_.reserve(static_cast<std::size_t>(size));
    add_columns();
  }

  bool advance(double milliseconds) override {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
    do {
      for (int i = 0; i < 256; ++i) {
        const SimulatedCell* cell = simulation_.next();
        if (cell == nullptr) return true;
        keep(*cell);
      }
    } while (Clock::now() < end);
    return false;
  }

  Json progress() const override {
    const double all = static_cast<double>(simulation_.cells());
    return {{"fraction", static_cast<double>(drawn_) / all}, {"phase", "Drawing cells"}, {"cells", drawn_}};
  }

  Message result() const override {
    Message message = truth_to_message(simulation_.truth());
    Message whole;
    whole.json = {{"kind", "simulation"}, {"schema", 1}, {"version", GROUNDWORK_VERSION}};
    whole.json["recipe"] = recipe_to_json(simulation_.truth().recipe);
    if (text_) {
      whole.json["truth"] = inlined(message);
    } else {
      embed(whole, whole.json, "truth", "truth", message);
    }
    whole.json["genes"] = simulation_.truth().genes;
    whole.json["cells"] = drawn_;
    if (text_) {
      Json tables = Json::array();
      for (const auto& [name, text] : {std::pair{"counts.csv", &counts_text_}, std::pair{"cells.csv", &cells_text_}}) {
        Json table = {{"name", name}};
        put_text(whole, table, "text", name, *text);
        tables.push_back(std::move(table));
      }
      whole.json["tables"] = std::move(tables);
      return whole;
    }
    whole.json["columns"] = Json::array();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      Json form = {{"name", columns_[i].name}, {"levels", columns_[i].levels}};
      put_integers(whole, form, "codes", "columns/" + std::to_string(i), columns_[i].codes);
      whole.json["columns"].push_back(form);
    }
    put_integers(whole, whole.json, "counts", "counts", counts_);
    return whole;
  }

 private:
  void add_columns() {
    const Truth& truth = simulation_.truth();
    columns_.push_back({"perturbation", {control_label}, {}});
    columns_[0].levels.insert(columns_[0].levels.end(), truth.perturbations.begin(), truth.perturbations.end());
    if (!truth.guides.empty()) {
      columns_.push_back({"guide", {}, {}});
      for (const auto& guide : truth.guides) columns_.back().levels.push_back(guide.name);
    }
    for (const auto& level : truth.levels) columns_.push_back({level.name, level.levels, {}});
    if (truth.recipe.times.size() > 1) {
      columns_.push_back({"time_d", {}, {}});
      for (const double time : truth.recipe.times) columns_.back().levels.push_back(Json(time).dump());
    }
    if (!truth.recipe.media.empty()) {
      columns_.push_back({"medium", {}, {}});
      for (const auto& medium : truth.recipe.media) columns_.back().levels.push_back(medium.name);
    }
  }

  void keep(const SimulatedCell& cell) {
    const Truth& truth = simulation_.truth();
    if (text_) {
      append_counts_line(cell, counts_text_);
      append_cells_line(truth, cell, cells_text_);
      ++drawn_;
      return;
    }
    const SimulatedCondition& condition = truth.conditions[static_cast<std::size_t>(cell.condition)];
    std::size_t at = 0;
    columns_[at++].codes.push_back(condition.perturbation + 1);
    if (!truth.guides.empty()) columns_[at++].codes.push_back(cell.guide);
    for (const int level : truth.batch_levels[static_cast<std::size_t>(cell.batch)])
      columns_[at++].codes.push_back(level);
    if (truth.recipe.times.size() > 1) columns_[at++].codes.push_back(condition.time);
    if (!truth.recipe.media.empty()) columns_[at++].codes.push_back(condition.medium);
    counts_.insert(counts_.end(), cell.counts.begin(), cell.counts.end());
    ++drawn_;
  }

  Simulation simulation_;
  bool text_ = false;
  std::int64_t drawn_ = 0;
  std::string counts_text_, cells_text_;
  std::vector<Column> columns_;
  std::vector<int> counts_;
};

}  // namespace

std::unique_ptr<Job> start_simulate(const Message& request) {
  refuse_unknown(request.json, {"recipe", "text"}, "simulate");
  if (!request.json.contains("recipe")) throw Error("request.missing_key", "simulate: key 'recipe' is missing");
  const bool text = request.json.contains("text") && request.json["text"] == true;
  return std::make_unique<SimulateJob>(recipe_from_json(request.json["recipe"]), text);
}

}  // namespace groundwork::api

#include <chrono>

#include "groundwork/api/simulate.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {
namespace {

constexpr std::int64_t largest = 100000000;

/** A column of the cell table: names, and an index into them for every cell. */
struct Column {
  std::string name;
  std::vector<std::string> levels;
  std::vector<int> codes;
};

class SimulateJob : public Job {
 public:
  explicit SimulateJob(const Recipe& recipe) : simulation_(recipe) {
    const Truth& truth = simulation_.truth();
    const std::int64_t size = simulation_.cells() * static_cast<std::int64_t>(truth.genes.size());
    if (size > largest)
      throw Error("recipe.too_large",
                  "This recipe makes " + std::to_string(simulation_.cells()) + " cells of " +
                      std::to_string(truth.genes.size()) + " genes; at most " + std::to_string(largest) +
                      " counts are held at once.",
                  "Ask for fewer cells, or use `groundwork simulate`, which writes them to files as it goes.");
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
    embed(whole, whole.json, "truth", "truth", message);
    whole.json["genes"] = simulation_.truth().genes;
    whole.json["cells"] = drawn_;
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
  std::int64_t drawn_ = 0;
  std::vector<Column> columns_;
  std::vector<int> counts_;
};

}  // namespace

std::unique_ptr<Job> start_simulate(const Message& request) {
  refuse_unknown(request.json, {"recipe"}, "simulate");
  if (!request.json.contains("recipe")) throw Error("request.missing_key", "simulate: key 'recipe' is missing");
  return std::make_unique<SimulateJob>(recipe_from_json(request.json["recipe"]));
}

}  // namespace groundwork::api

#include "groundwork/fit/edit_model.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/fit/options.hpp"

namespace groundwork::fit {

double usual_dose(std::vector<double> doses) {
  std::erase(doses, 0.0);
  if (doses.empty()) return 1;
  std::sort(doses.begin(), doses.end());
  return doses[doses.size() / 2];
}

Index EditModel::inputs() const {
  Index count = 0;
  for (const auto& edit : edits) count = std::max(count, edit.input + 1);
  return count;
}

std::vector<double> EditModel::estimated_kappas() const {
  if (estimates_activity) return {kappa_activity};
  Index count = 0;
  for (const auto& edit : edits) count = std::max(count, edit.estimated + 1);
  std::vector<double> kappas(static_cast<std::size_t>(count), pooled_kappa);
  for (const auto& edit : edits)
    if (edit.estimated >= 0 && std::isfinite(edit.kappa)) kappas[static_cast<std::size_t>(edit.estimated)] = edit.kappa;
  return kappas;
}

const EditEntry* EditModel::find(const std::string& edit) const {
  const auto found = std::find_if(edits.begin(), edits.end(), [&](const EditEntry& e) { return e.name == edit; });
  return found == edits.end() ? nullptr : &*found;
}

EditModel::Reading EditModel::read(const std::vector<screen::Edit>& given, const std::string& medium) const {
  std::vector<char> trained;
  for (const auto& edit : edits) trained.push_back(edit.trained ? 1 : 0);
  return read(given, medium, trained);
}

EditModel::Reading EditModel::read(const std::vector<screen::Edit>& given, const std::string& medium,
                                   const std::vector<char>& trained) const {
  Reading reading;
  const auto at = std::find(media.begin(), media.end(), medium);
  if (at == media.end()) {
    std::string known;
    for (const auto& name : media) known += (known.empty() ? "" : ", ") + ("\"" + name + "\"");
    throw Error("medium.unknown",
                "The fit does not know the medium \"" + medium + "\"" + near_matches(medium, media) +
                    (known == "\"\"" ? "; its screen names no medium." : "; it knows " + known + "."));
  }
  reading.inputs.medium = at - media.begin();

  for (const auto& edit : given) {
    const EditEntry* entry = find(edit.name);
    const auto position = entry ? static_cast<std::size_t>(entry - edits.data()) : 0;
    const bool seen = entry && trained[position];
    reading.unseen = reading.unseen || !seen;
    reading.inputs.label += (reading.inputs.label.empty() ? "" : "+") + edit.name;

    Index target = entry ? entry->target : -1;
    if (!entry && clamps && modality != screen::Modality::drug) {
      const auto gene = std::find(genes.begin(), genes.end(), edit.name);
      if (gene != genes.end()) target = gene - genes.begin();
    }
    if (target >= 0 && (!entry || entry->input < 0)) {
      dynamics::Clamp clamp;
      clamp.gene = target;
      clamp.kind =
          modality == screen::Modality::knockout ? dynamics::ClampKind::activity : dynamics::ClampKind::synthesis;
      const bool own = seen && std::isfinite(entry->kappa);
      clamp.kappa = modality == screen::Modality::knockout ? kappa_activity : own ? entry->kappa : pooled_kappa;
      if (modality == screen::Modality::knockout)
        clamp.estimated = estimates_activity ? 0 : -1;
      else if (seen)
        clamp.estimated = entry->estimated;
      reading.inputs.clamps.push_back(clamp);
    } else if (seen) {
      reading.inputs.doses.push_back({entry->input, edit.dose / entry->usual_dose});
    } else {
      reading.shared.push_back(edit.name);
      double count = 0;
      for (std::size_t i = 0; i < edits.size(); ++i) count += edits[i].input >= 0 && trained[i] ? 1 : 0;
      const double dose = entry ? edit.dose / entry->usual_dose : 1;
      for (std::size_t i = 0; i < edits.size(); ++i)
        if (edits[i].input >= 0 && trained[i]) reading.inputs.doses.push_back({edits[i].input, dose / count});
    }
  }
  return reading;
}

}  // namespace groundwork::fit

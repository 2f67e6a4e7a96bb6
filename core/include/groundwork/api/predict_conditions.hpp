#pragma once

#include <memory>

#include "groundwork/api/fit_form.hpp"
#include "groundwork/api/message.hpp"
#include "groundwork/fit/predictor.hpp"

namespace groundwork::api {

/** The baseline medium, or where nothing was observed in it after time 0, the medium with most observed conditions. */
std::string usual_medium(const FitRecord&);

/** The ensemble of one vector field that a fit stores. Throws `fit.recommended` where it stores several. */
fit::DynamicFit dynamic_fit_of(const FitRecord&);

/** What a stored fit predicts with. A new kind of stored fit is one more branch here. */
std::unique_ptr<fit::Predictor> predictor_of(const FitRecord&);

/**
 * The command `predict_conditions` (docs/schemas/predictions.json): `{"fit": DOC, "text": CSV, "file": NAME,
 * "time_unit", "csv": bool}` → the states of a list of conditions (the first six columns of a state table) with their
 * standard deviations, on the scale of the data. Nothing unseen is refused. `csv`: also as the text of a table, the six
 * columns as they came, then the states, then NAME_sd.
 */
Message run_predict_conditions(const Message& request);

}  // namespace groundwork::api

// Pieces of the fit document that are long enough for a file of their own.
#pragma once

#include <string>
#include <vector>

#include "groundwork/api/fit_form.hpp"
#include "json_values.hpp"

namespace groundwork::api {

/** A short list of numbers, NaN as null. */
void put_series(Json& parent, const std::string& key, const std::vector<double>& values);
std::vector<double> get_series(const Json& parent, const std::string& key);

/** get_columns with its size checked. Throws `fit.damaged`. */
Matrix get_matrix(const Message&, const Json& parent, const std::string& key, Index rows, Index cols);

/** Intervals of a member's parameters, by the names of genes, edits and media. */
Json intervals_to_json(const fit::Intervals&, const dynamics::FieldOptions&, const fit::EditModel&);

/** "scores", "floor", "ceiling", "verdict", "observed", "predicted", "baselines". */
void put_evaluation(Message&, Json& body, const FitRecord&);
void get_evaluation(const Message&, FitRecord&);

}  // namespace groundwork::api

#pragma once

#include "arguments.hpp"
#include "groundwork/api/message.hpp"

namespace groundwork::cli {

/** `--states FILE`, `--scale NAME` and `--modality NAME`, for commands that take a state table. */
Option states_option();
Option scale_option();
Option modality_option();

/**
 * The data of a command that takes `--screen` or `--states`: the document of a screen, or of a state table, which may
 * be given as CSV (`--scale` is then needed), as its document or as a project that holds one.
 */
api::Message read_data(const Arguments&);

/** Puts what read_data() gave into a request, under the name of its kind. */
void embed_data(api::Message& request, const api::Message& data);

/** `predict --conditions`. */
void predict_table(const Arguments&);

}  // namespace groundwork::cli

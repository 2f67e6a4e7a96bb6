#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "groundwork/api/job.hpp"
#include "groundwork/api/simulate_truth.hpp"

namespace groundwork::api {

/** One drawn cell; the counts are valid until the next one is drawn. */
struct SimulatedCell {
  std::int64_t index = 0;                ///< 0, 1, … over the whole screen
  int condition = 0;                     ///< index into Truth::conditions
  int batch = 0;                         ///< index into Recipe::batches
  int guide = -1;                        ///< index into Truth::guides; −1: the recipe has none
  bool edited = false;                   ///< false for control cells and for escapers
  double size = 1;                       ///< ℓ, mean 1 over all cells in expectation
  std::span<const std::int32_t> counts;  ///< one a gene
};

/**
 * Draws a screen cell by cell, batch after batch and condition after condition, in memory that does not depend on the
 * number of cells. Every group (condition in a batch) has a stream of random numbers of its own.
 */
class Simulation {
 public:
  /** Throws what draw_truth throws. */
  explicit Simulation(const Recipe&);

  const Truth& truth() const { return truth_; }
  std::int64_t cells() const { return cells_; }
  /** The next cell, or null after the last one. */
  const SimulatedCell* next();

 private:
  bool enter_group();

  Truth truth_;
  std::int64_t cells_ = 0;
  int batch_ = 0, condition_ = -1, left_ = 0;  ///< the group being drawn and how many of its cells are to come
  std::vector<int> guides_;                    ///< of the group
  Matrix edited_mean_, escaped_mean_;          ///< genes × guides (at least 1): UMI a cell of size 1
  Random random_{0};
  std::vector<std::int32_t> counts_;
  SimulatedCell cell_;
};

/** The two tables as text, one line at a time, ending in a newline: what the command line writes. */
std::string counts_header(const Truth&);
std::string cells_header(const Truth&);
void append_counts_line(const SimulatedCell&, std::string& text);
void append_cells_line(const Truth&, const SimulatedCell&, std::string& text);

/**
 * Request {"recipe": {…}}. Response {"kind":"simulation","recipe": resolved,"truth": as truth_to_message,"genes",
 * "cells": number drawn so far,"columns":[{"name","levels":[…],"codes":[…]}],"counts": cells × genes, int32}: what
 * Ingest takes without a file. With "text": true the truth has its arrays in place and, instead of columns and counts,
 * "tables": [{"name","text"}] are the files that the command line writes. Throws `recipe.too_large` above 10⁸ counts
 * (2·10⁷ as text), which the command line streams instead.
 */
std::unique_ptr<Job> start_simulate(const Message& request);

}  // namespace groundwork::api

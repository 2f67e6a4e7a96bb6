#include "error_code.hpp"
#include "groundwork/screen/cell_table.hpp"
#include "groundwork/screen/counts_text.hpp"
#include "groundwork/screen/matrix_market.hpp"

using namespace groundwork::screen;

namespace {

CellTable cells(const std::string& text) {
  CellTableReader reader("cells.csv");
  reader.push(text, true);
  return reader.finish();
}

CellTable describe(const std::string& text, CountsLayout& layout, std::vector<std::string> metadata = {}) {
  CountsTextDescription description("counts.csv", std::move(metadata));
  description.push(text, true);
  return description.finish(layout);
}

}  // namespace

TEST_CASE("cell table: levels, missing values, duplicates") {
  const CellTable table = cells("cell,label,n\na,x,1\nb,NA,2\nc,y,\nd,x,1\n");
  REQUIRE(table.columns.size() == 2);
  CHECK(table.rows == 4);
  CHECK(table.find("label")->levels == std::vector<std::string>{"x", "y"});
  CHECK(table.find("label")->code == std::vector<int>{0, -1, 1, 0});
  CHECK(cells_per_level(*table.find("label")) == std::vector<std::int64_t>{2, 1});
  CHECK(refusal([] { cells("cell,label\na,x\nb,x\na,y\n"); }) ==
        "cells.duplicate: cells.csv, line 4: cell 'a' is on line 2 already");
  CHECK(refusal([] { cells("cell,label,label\na,x,y\n"); }).rfind("text.duplicate_column", 0) == 0);
}

TEST_CASE("cell table: joined by name, and what is said of cells on one side only") {
  const CellTable table = cells("cell,label\na,x\nb,y\nc,x\n");
  std::vector<std::string> warnings;
  const CellTable aligned = align(table, {"c", "z", "a"}, {"g"}, "counts.csv", warnings);
  CHECK(aligned.find("label")->code == std::vector<int>{0, -1, 0});
  CHECK(aligned.listed == std::vector<char>{1, 0, 1});
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0] == "1 of 3 cells of counts.csv are not in cells.csv and are left out.");
  CHECK(warnings[1] == "1 of 3 cells of cells.csv are not in counts.csv.");
  CHECK(refusal([&] {
          align(table, {"q", "r"}, {"g"}, "counts.csv", warnings);
        }).rfind("cells.no_overlap: no cell of counts.csv is in cells.csv: the first are 'q' and 'a'", 0) == 0);
  CHECK(refusal([&] {
          align(table, {"g1", "g2"}, {"a", "b"}, "counts.csv", warnings);
        }).rfind("counts.orientation", 0) == 0);
}

TEST_CASE("count table: genes and metadata are told apart") {
  CountsLayout layout;
  const CellTable table =
      describe("cell,time_h,RA,Pou5f1,TIMELESS,line\nc0,0,0,1,0,u\nc1,0,0,0,2,u\nc2,6,1,3,1,v\nc3,6,1,1,0,v\n", layout);
  CHECK(layout.genes == std::vector<std::string>{"Pou5f1", "TIMELESS"});
  CHECK(layout.gene_of_column == std::vector<int>{-1, -1, -1, 0, 1, -1});
  REQUIRE(table.columns.size() == 3);
  CHECK(table.columns[1].name == "RA");
  CHECK(table.find("line")->levels == std::vector<std::string>{"u", "v"});
  describe("cell,arm,g1\nc0,1,1\nc1,2,0\n", layout);
  CHECK(layout.genes == std::vector<std::string>{"arm", "g1"});
  CHECK(describe("cell,arm,g1\nc0,1,1\nc1,2,0\n", layout, {"arm"}).columns.size() == 1);
  CHECK(layout.genes == std::vector<std::string>{"g1"});
}

TEST_CASE("count table: refusals name file, line, cell, gene and value") {
  CountsLayout layout;
  const auto at = [&](const std::string& text) { return refusal([&] { describe(text, layout); }); };
  CHECK(at("cell,g1,g2\nc1,1,2\nc2,1,-3\n")
            .rfind("counts.not_counts: counts.csv, line 3, cell 'c2', gene 'g2': found '-3', expected a count", 0) ==
        0);
  CHECK(at("cell,g1,g2\nc1,1.5,2\n")
            .rfind("counts.not_counts: counts.csv, line 2, cell 'c1', gene 'g1': found '1.5'", 0) == 0);
  CHECK(at("cell,g1,g2\nc1,1,2\nc2,x,0\n")
            .rfind("counts.not_counts: counts.csv, line 3, cell 'c2', gene 'g1': found 'x'", 0) == 0);
  CHECK(at("cell,g1,g2\nc1,1,2\nc2,,0\n").rfind("counts.not_counts", 0) == 0);
  CHECK(at("cell,g1,g1\nc1,1,2\n") ==
        "counts.duplicate_gene: counts.csv, line 1: gene 'g1' is there twice, the second time in column 3");
  CHECK(at("cell,g1\nc1,1\nc1,2\n").rfind("cells.duplicate: counts.csv, line 3", 0) == 0);
  CHECK(at("cell,label\nc1,x\n").rfind("counts.no_genes", 0) == 0);
  CHECK(at("gene,AAACCTGAGCCTATGT-1,AAACCTGAGGCGTACA-1\nGATA1,1,2\n").rfind("counts.orientation", 0) == 0);
  CHECK(count_in("3.0") == 3);
  CHECK(count_in("1e3") == 1000);
  CHECK(count_in("16777217") == -1);
  CHECK(count_in("-0") == 0);
  CHECK(count_in("inf") == -1);
}

TEST_CASE("matrix market: columns in order, refusals with their line") {
  const auto read = [](const std::string& text, std::size_t chunk = 5) {
    std::vector<std::vector<float>> dense;
    MatrixMarket reader("m.mtx");
    const auto take = [&](std::int64_t, std::span<const int> rows, std::span<const float> values) {
      std::vector<float> column(static_cast<std::size_t>(reader.rows()), 0);
      for (std::size_t i = 0; i < rows.size(); ++i) column[static_cast<std::size_t>(rows[i])] = values[i];
      dense.push_back(column);
    };
    for (std::size_t at = 0; at < text.size(); at += chunk)
      reader.push(std::string_view(text).substr(at, chunk), false, take);
    reader.push({}, true, take);
    return dense;
  };
  const std::string head = "%%MatrixMarket matrix coordinate integer general\n%c\n3 4 3\n";
  CHECK(read(head + "1 1 5\n3 1 2\n2 3 7\n") ==
        std::vector<std::vector<float>>{{5, 0, 2}, {0, 0, 0}, {0, 7, 0}, {0, 0, 0}});
  CHECK(read(head + "1 1 5\n3 1 2\n2 3 7.5").at(2) == std::vector<float>{0, 7.5, 0});
  CHECK(read("%%MatrixMarket matrix coordinate pattern general\n2 1 1\n2 1\n") ==
        std::vector<std::vector<float>>{{0, 1}});
  CHECK(refusal([&] { read("1 2 3\n"); }).rfind("mtx.header: m.mtx, line 1", 0) == 0);
  CHECK(refusal([&] { read(head + "1 1 5\n3 9 2\n2 3 7\n"); }).rfind("mtx.entry: m.mtx, line 5", 0) == 0);
  CHECK(refusal([&] { read(head + "1 3 5\n3 1 2\n2 3 7\n"); }).rfind("mtx.order: m.mtx, line 5", 0) == 0);
  CHECK(refusal([&] { read(head + "1 1 5\n"); }).rfind("mtx.entries: m.mtx: found 1 entries, expected 3", 0) == 0);
  const Features f =
      features_from_text("f.tsv", "E1\tA\tGene Expression\nG1\tguide1\tCRISPR Guide Capture\nE2\tA\tGene Expression\n");
  CHECK(f.genes == std::vector<std::string>{"A", "E2"});
  CHECK(f.gene_of_row == std::vector<int>{0, -1, 1});
  CHECK(f.warnings.size() == 2);
}

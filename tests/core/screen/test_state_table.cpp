#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "../relative.hpp"
#include "error_code.hpp"
#include "groundwork/screen/state_table.hpp"

using namespace groundwork;
using namespace groundwork::screen;

namespace {

const std::string head = "condition,edits,medium,time,batch,variance,A,B\n";

StateTable read_states(const std::string& rows, StateTableForm form = {}) {
  return read_state_table("t.csv", head + rows, std::move(form));
}

std::string refused(const std::string& rows) {
  return refusal([&] { read_states(rows); });
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a state table: edits of genes, inputs with doses, controls, replicates") {
  const StateTable t = read_states(
      "c1,,m,2,b1,0,1,2\n"
      "c2,,m,2,b2,,1,2\n"
      "p,B+A,m,2,b1,0.01,3,4\n"
      "q,drug,m,4,b1,0.01,NA,\n"
      "r,drug:-0.5+A,m,4,b1,0.01,5,-6e-1\n");
  REQUIRE(t.rows.size() == 5);
  CHECK(t.rows[0].condition.is_control());
  CHECK(t.rows[0].condition == t.rows[1].condition);
  CHECK(t.rows[0].given_variance == 0);
  CHECK(std::isnan(t.rows[1].given_variance));
  CHECK(t.rows[2].condition.edits == std::vector<Edit>{{"A", 1}, {"B", 1}});
  CHECK(t.rows[3].condition.edits == std::vector<Edit>{{"drug", 1}});
  CHECK(t.rows[4].condition.edits == std::vector<Edit>{{"A", 1}, {"drug", -0.5}});
  CHECK(std::isnan(t.x(0, 3)));
  CHECK(std::isnan(t.x(1, 3)));
  CHECK(t.x(1, 4) == -0.6);
  CHECK(t.rows[4].line == 6);
  CHECK(t.warnings.empty());
}

TEST_CASE("a state table comes in chunks of any size and with columns in any order") {
  const std::string text = "B,variance,batch,time,medium,edits,condition,A\r\n2,0.1,b,48,m,A,x,1\r\n4,,b,24,m,,y,3\r\n";
  StateTableForm form;
  form.time_unit = "h";
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, text.size()}) {
    StateTableReader reader("t.csv", form);
    for (std::size_t i = 0; i < text.size(); i += size) reader.push(text.substr(i, size), i + size >= text.size());
    const StateTable t = reader.take();
    REQUIRE(t.rows.size() == 2);
    CHECK(t.genes == std::vector<std::string>{"B", "A"});
    CHECK(t.rows[0].condition.time == 2);
    CHECK(t.x(0, 1) == 4);
    CHECK(t.x(1, 0) == 1);
  }
}

TEST_CASE("names of edits: percent-encoding, doses with signs and exponents") {
  NameIndex genes;
  genes.add("A");
  std::vector<std::string> masked;
  const auto edits = [&](const std::string& text) { return parse_edits(text, genes, "here", masked); };
  CHECK(edits("a%2Bb%3a%25:2") == std::vector<Edit>{{"a+b:%", 2}});
  CHECK(edits("x:1e+05+A") == std::vector<Edit>{{"A", 1}, {"x", 1e5}});
  CHECK(edits("x:+0.5 + y") == std::vector<Edit>{{"x", 0.5}, {"y", 1}});
  CHECK(edits("x:0+y:-3") == std::vector<Edit>{{"x", 0}, {"y", -3}});
  CHECK(edits("  ").empty());
  CHECK(masked.empty());
  // A gene with a dose is an input, and not taken for the edit of the gene.
  CHECK(edits("A:1+A") == std::vector<Edit>{{"A", 1}, {"A (dose)", 1}});
  CHECK(masked == std::vector<std::string>{"A"});
  for (const char* name : {"a+b", "50%", "a:b", "plain", "%2B"}) {
    const auto back = edits(percent_encoded(name));
    REQUIRE(back.size() == 1);
    CHECK(back[0].name == name);
  }
}

TEST_CASE("what a state table refuses, with file, line and column") {
  const auto with_header = [](const std::string& header) {
    return refusal([&] { read_state_table("t.csv", header + "\nx,,,,,,1,2\n", {}); });
  };
  CHECK(has(with_header("condition,edits,medium,time,batch,A,B,C"),
            "states.column_missing: t.csv, line 1: the header lacks variance"));
  CHECK(has(with_header("condition,edits,medium,time,batch,variance,A,A"),
            "states.column_twice: t.csv, line 1: the columns 7 and 8 are both called \"A\""));
  CHECK(
      has(with_header("condition,edits,medium,time,batch,variance,A,"), "states.column_name: t.csv, line 1, column 8"));
  CHECK(has(refusal([&] { read_state_table("t.csv", "condition,edits,medium,time,batch,variance\nx,,,,,\n", {}); }),
            "states.no_genes"));
  CHECK(has(refused(""), "text.no_rows"));
  CHECK(has(refused("x,,,,,,1\n"), "text.ragged_line: t.csv, line 2"));
  CHECK(has(refused("x,,,,,,1,2\ny,,,,,,1,2\nx,,,,,,1,2\n"),
            "states.name_twice: t.csv, line 4, column 1 (condition): the name 'x' is already that of line 2"));
  CHECK(has(refused("x,,,,,,1,two\n"), "states.number: t.csv, line 2, column 8 (B): found 'two'"));
  CHECK(has(refused("x,,,,,,1,inf\n"), "states.number"));
  CHECK(has(refused("x,,,soon,,,1,2\n"), "states.number: t.csv, line 2, column 4 (time)"));
  CHECK(has(refused("x,,,-1,,,1,2\n"), "states.time"));
  CHECK(has(refused("x,A,,,,,1,2\ny,A,,1,,,1,2\n"), "states.time: t.csv, line 2, column 4 (time): the cell is empty"));
  CHECK(has(refused("x,A,,,,-0.1,1,2\n"), "states.variance: t.csv, line 2, column 6 (variance)"));
  CHECK(has(refused("x,A,,,,0,1,2\n"), "states.exact"));
  CHECK(has(refused("x,A,,,,much,1,2\n"), "states.number"));
  CHECK(has(refused("x,A++B,,,,,1,2\n"), "states.edit: t.csv, line 2, column 2 (edits)"));
  CHECK(has(refused("x,A+A,,,,,1,2\n"), "states.edit_twice"));
  CHECK(has(refused("x,d:1+d:2,,,,,1,2\n"), "states.edit_twice"));
  CHECK(has(refused("x,d:,,,,,1,2\n"), "states.dose"));
  CHECK(has(refused("x,d:1:2,,,,,1,2\n"), "states.dose"));
  CHECK(has(refused("x,d:nan,,,,,1,2\n"), "states.dose"));
  CHECK(has(refused("x,d:inf,,,,,1,2\n"), "states.dose"));
  CHECK(has(refused("x,50%,,,,,1,2\n"), "states.percent"));
  CHECK(has(refusal([] { scale_of("log10"); }), "states.scale"));
  CHECK(has(refusal([] {
              StateTableForm form;
              form.time_unit = "moon";
              read_states("x,A,,1,,,1,2\n", form);
            }),
            "roles.time_unit"));
}

TEST_CASE("a list of conditions to predict has no states, and its variance is passed on as it is") {
  StateTableForm form;
  form.states = false;
  form.genes = {"A"};
  const StateTable t = read_state_table(
      "list.csv", "condition,edits,medium,time,batch,variance,A\n1,A,,,,whatever,x\n2,A:2,,1,,0,y\n", form);
  REQUIRE(t.rows.size() == 2);
  CHECK(t.rows[0].condition.edits == std::vector<Edit>{{"A", 1}});
  CHECK(t.rows[1].condition.edits == std::vector<Edit>{{"A (dose)", 2}});
  CHECK(t.rows[0].variance == "whatever");
  CHECK(t.genes.empty());
  CHECK(t.warnings.size() == 2);  // a gene with a dose; a column that is not read
}

TEST_CASE("levels of a table: scales, exact controls, a zero reference where there is no control") {
  StateTable t = read_states("c,,,,,,1,2\nx,A,,,,0.25,3,NA\n");
  t.scale = Scale::log2;
  const Levels logs = levels_of(t);
  CHECK(logs.scale == Scale::log);
  CHECK(relative_error(logs.x(0, 1), 3 * std::numbers::ln2) < 1e-15);
  CHECK(relative_error(logs.variance(0, 1), 0.25 * std::numbers::ln2 * std::numbers::ln2) < 1e-15);
  CHECK(logs.variance(0, 0) == 0);  // a lone control row without a variance is exact
  CHECK(logs.trust(1, 1) == Trust::missing);
  CHECK(logs.batches.empty());

  t.scale = Scale::linear;
  CHECK(table_unit(t) == 1);
  CHECK(levels_of(t).x(0, 1) == 3);
  for (const double factor : {1e-4, 1e3}) {
    StateTable other = t;
    other.x *= factor;
    CHECK(relative_error(table_unit(other), factor) < 1e-12);
    CHECK(relative_error(levels_of(other).x(0, 1), 3) < 1e-12);
  }

  const StateTable none = read_states("x,A,m,1,b1,,1,2\ny,A,m,1,b2,,1,2\nz,B,m,2,b1,,1,2\n");
  CHECK(none.warnings.size() == 1);
  const Levels zero = levels_of(none);
  REQUIRE(zero.rows.size() == 6);  // one at zero for every time and batch that occur together
  for (std::size_t r = 3; r < 6; ++r) {
    CHECK(zero.conditions[static_cast<std::size_t>(zero.rows[r].condition)].is_control());
    CHECK(zero.x.col(static_cast<Index>(r)).isZero());
    CHECK(zero.variance(0, static_cast<Index>(r)) == 0);
  }
  CHECK(zero.batches[0].levels == std::vector<std::string>{"b1", "b2"});

  CHECK(
      std::isnan(levels_of(read_states("c,,,,,,1,2\nd,,,,,,1,2\nx,A,,,,,3,4\n")).variance(0, 0)));  // two are not lone
}

TEST_CASE("a control without a time among timed rows is the state at the start") {
  const StateTable t = read_states("c,,,,,,1,2\nx,A,,2,,,3,4\n");
  CHECK(t.rows[0].condition.time == 0);
  CHECK(t.warnings.size() == 1);
}

TEST_CASE("the scale that numbers look like is proposed with a reason") {
  const auto of = [](const std::string& rows) { return propose_scale(read_states(rows)).scale; };
  CHECK(of("c,,,,,,0,0\nx,A,,,,,-1,0.5\ny,B,,,,,0.4,-2\n") == Scale::log2);
  CHECK(of("c,,,,,,100,2000\nx,A,,,,,0,50\n") == Scale::linear);
  CHECK(of("c,,,,,,1,1.2\nx,A,,,,,0.1,0.9\n") == Scale::linear);
  CHECK(of("c,,,,,,8,12\nx,A,,,,,7,3\n") == Scale::log2);
  CHECK(is_state_table("\xef\xbb\xbf\"condition\",edits,medium,time,batch,variance,A\nrest"));
  CHECK(!is_state_table("cell,batch,A,B"));
}

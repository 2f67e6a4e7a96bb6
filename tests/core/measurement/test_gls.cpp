#include <doctest/doctest.h>

#include <cmath>

#include "dense_gls.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/measurement/batch_spectrum.hpp"
#include "groundwork/measurement/gls.hpp"
#include "relative.hpp"
#include "shared.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {

BatchLevels one_level(Index batches) {
  Random unused(1);
  return dense::random_levels(unused, batches, 1);
}

Matrix weights_of(const nlohmann::json& n, double sg2, double sw2) {
  Matrix w(static_cast<Index>(n.size()), static_cast<Index>(n[0].size()));
  for (Index c = 0; c < w.rows(); ++c) {
    for (Index b = 0; b < w.cols(); ++b) {
      const double cells = n[static_cast<std::size_t>(c)][static_cast<std::size_t>(b)];
      w(c, b) = cells > 0 ? 1 / (sg2 + sw2 / cells) : 0;
    }
  }
  return w;
}

}  // namespace

TEST_CASE("variances and estimability agree with dense algebra: nested levels, fixed and absent ones, holes") {
  Random random(20);
  const double choices[] = {0, 0.03, 0.7, 5, infinity};
  int estimable = 0, refused = 0;
  for (int repeat = 0; repeat < 400; ++repeat) {
    const auto conditions = static_cast<Index>(1 + random.below(7)), batches = static_cast<Index>(1 + random.below(7));
    const int count = static_cast<int>(random.below(4));
    const BatchLevels levels = count == 0 ? one_level(batches) : dense::random_levels(random, batches, count);
    Vector variances(static_cast<Index>(levels.levels()));
    for (double& v : variances) v = choices[random.below(5)];
    const Matrix w = dense::random_weights(random, conditions, batches);
    if (w.sum() == 0) continue;
    Gls gls(levels, w);
    gls.set_level_variances(variances);
    const dense::Problem problem = dense::build(w, levels, variances);
    std::vector<Contrast> contrasts;
    for (int k = 0; k < 6; ++k) contrasts.push_back(dense::random_contrast(random, conditions));
    const std::vector<double> together = gls.variances(contrasts);
    for (std::size_t k = 0; k < contrasts.size(); ++k) {
      double size = 0;
      const Vector l = dense::padded(problem, contrasts[k]);
      for (const double a : l) size += std::abs(a);
      if (size < 1e-9) continue;
      CAPTURE(repeat);
      CAPTURE(k);
      const bool expected = dense::estimable(problem, contrasts[k]);
      CHECK(gls.confounded_with(contrasts[k]).empty() == expected);
      (expected ? estimable : refused) += 1;
      if (!expected) {
        CHECK(std::isnan(gls.variance(contrasts[k])));
        continue;
      }
      CHECK(relative_error(gls.variance(contrasts[k]), dense::variance(problem, contrasts[k])) < 1e-9);
      CHECK(relative_error(together[k], gls.variance(contrasts[k])) < 1e-11);
    }
  }
  CHECK(estimable > 500);
  CHECK(refused > 200);
}

TEST_CASE("an enormous batch variance tends to the fixed one without losing digits") {
  Random random(4);
  for (int repeat = 0; repeat < 20; ++repeat) {
    Matrix w = dense::random_weights(random, 8, 6);
    w.row(0).setConstant(3);
    for (Index c = 1; c < 8; ++c)
      if (w.row(c).sum() == 0) w(c, 0) = 1;
    Gls gls(one_level(6), w);
    const Contrast contrast{"", {{1, 1.0}, {0, -1.0}}};
    gls.set_level_variances(Vector::Constant(1, infinity));
    const double fixed = gls.variance(contrast);
    gls.set_level_variances(Vector::Constant(1, 1e12));
    CHECK(relative_error(gls.variance(contrast), fixed) < 1e-11);  // the limit is reached like 1/s_b²
    gls.set_level_variances(Vector::Constant(1, 1e15));
    CHECK(relative_error(gls.variance(contrast), fixed) < 1e-13);
  }
}

TEST_CASE("two blocks without common batch: the batch variance is all there is, to the last digit") {
  // Layout B with one condition a block and three batches each: 2 s_b²/3 + v/3 + v₀/3.
  Matrix w = Matrix::Zero(2, 6);
  w.row(0).head(3).setConstant(4);
  w.row(1).tail(3).setConstant(10);
  Gls gls(one_level(6), w);
  const Contrast contrast{"", {{1, 1.0}, {0, -1.0}}};
  for (const double s : {0.0, 1e-9, 0.02, 3.0, 1e6, 1e12}) {
    gls.set_level_variances(Vector::Constant(1, s));
    CHECK(relative_error(gls.variance(contrast), 2 * s / 3 + 0.25 / 3 + 0.1 / 3) < 4e-15);
  }
  gls.set_level_variances(Vector::Constant(1, infinity));
  CHECK(std::isnan(gls.variance(contrast)));
  REQUIRE(gls.confounded_with(contrast).size() == 2);
  CHECK(gls.floating()[0].conditions == std::vector<int>{0});
  CHECK(gls.floating()[0].batches == std::vector<int>{0, 1, 2});
}

TEST_CASE("layouts against 50-digit arithmetic" * shared::needed("oracles/layouts.json")) {
  int checked = 0;
  const auto document = shared::read_json("oracles/layouts.json");
  for (const auto& layout : document["layouts"]) {
    const double sb = layout["s_b"], sg = layout["s_g"], sw = layout["s_w"];
    Gls gls(one_level(static_cast<Index>(layout["n"][0].size())), weights_of(layout["n"], sg * sg, sw * sw));
    std::vector<Contrast> contrasts;
    for (const auto& c : layout["contrasts"]) {
      Contrast contrast;
      for (std::size_t k = 0; k < c["idx"].size(); ++k) contrast.terms.emplace_back(c["idx"][k], c["coef"][k]);
      contrasts.push_back(contrast);
    }
    const std::pair<const char*, double> cases[] = {
        {"variance", sb * sb}, {"variance_fixed", infinity}, {"variance_nobatch", 0}};
    for (const auto& [key, variance] : cases) {
      gls.set_level_variances(Vector::Constant(1, variance));
      const std::vector<double> found = gls.variances(contrasts);
      for (std::size_t k = 0; k < contrasts.size(); ++k) {
        ++checked;
        if (layout[key][k].is_null()) {
          CHECK(std::isnan(found[k]));
        } else {
          CHECK(relative_error(found[k], layout[key][k]) < 1e-9);
        }
      }
    }
    const auto components = components_of(gls.weights());
    CHECK(components.size() == layout["n_components"].get<std::size_t>());
    for (const auto& component : components) {
      const int number = layout["component_of_condition"][static_cast<std::size_t>(component.conditions.at(0))];
      for (const int c : component.conditions)
        CHECK(layout["component_of_condition"][static_cast<std::size_t>(c)] == number);
      for (const int b : component.batches) CHECK(layout["component_of_batch"][static_cast<std::size_t>(b)] == number);
    }
  }
  CHECK(checked > 1000);
}

TEST_CASE("closed forms" * shared::needed("oracles/closed_forms.json")) {
  const auto document = shared::read_json("oracles/closed_forms.json");
  REQUIRE(document["checks"].size() == 170);
  for (const auto& check : document["checks"]) {
    CAPTURE(check["name"].get<std::string>());
    Gls gls(one_level(static_cast<Index>(check["n"][0].size())), weights_of(check["n"], check["s_g2"], check["s_w2"]));
    gls.set_level_variances(Vector::Constant(1, check["s_b2"].is_string() ? infinity : check["s_b2"].get<double>()));
    Contrast contrast;
    for (std::size_t c = 0; c < check["l"].size(); ++c) contrast.terms.emplace_back(static_cast<int>(c), check["l"][c]);
    const double found = gls.variance(contrast);
    if (check["formula"].is_null()) {
      CHECK(std::isnan(found));
    } else {
      CHECK(relative_error(found, check["formula"]) < 1e-10);
    }
  }
}

TEST_CASE("adding cells never raises a variance and the order of batches does not matter") {
  Random random(31);
  for (int repeat = 0; repeat < 60; ++repeat) {
    Matrix n(5, 4);
    for (Index k = 0; k < n.size(); ++k) n(k) = static_cast<double>(random.below(3) * random.below(80));
    const auto variance = [](const Matrix& cells, double sb2) {
      Matrix w = Matrix::Zero(cells.rows(), cells.cols());
      for (Index k = 0; k < w.size(); ++k)
        if (cells(k) > 0) w(k) = 1 / (0.02 + 0.8 / cells(k));
      Gls gls(one_level(cells.cols()), w);
      gls.set_level_variances(Vector::Constant(1, sb2));
      return gls.variance({"", {{1, 1.0}, {0, -1.0}}});
    };
    for (const double sb2 : {0.0, 0.1, infinity}) {
      const double before = variance(n, sb2);
      if (std::isnan(before)) continue;
      Matrix more = n;
      more(static_cast<Index>(random.below(static_cast<std::uint64_t>(n.size())))) += 20;
      CHECK(variance(more, sb2) <= before * (1 + 1e-12));
      CHECK(relative_error(variance(n.rowwise().reverse(), sb2), before) < 1e-12);
    }
  }
}

TEST_CASE("labels of a finer level that come back under another parent are different groups") {
  const BatchLevels levels = nest_levels({"donor", "day"}, {{"A", "A", "B", "B"}, {"1", "2", "1", "2"}});
  CHECK(levels.labels[1].size() == 4);
  CHECK(levels.reused == std::vector<std::string>{"day"});
  CHECK_THROWS_WITH_AS(nest_levels({"day"}, {{"1", "1"}}), doctest::Contains("\"1\""), Error);
}

TEST_CASE("the kept eigenbasis gives the same variances") {
  Random random(55);
  for (int repeat = 0; repeat < 80; ++repeat) {
    const auto conditions = static_cast<Index>(2 + random.below(9)), batches = static_cast<Index>(1 + random.below(6));
    const Matrix w = dense::random_weights(random, conditions, batches);
    if (w.sum() == 0) continue;
    std::vector<int> controls{0};
    if (conditions > 4 && random.below(2)) controls.push_back(3);
    Gls gls(one_level(batches), w);
    const BatchSpectrum spectrum(gls, controls);
    for (const double s : {1e-6, 0.05, 2.0, 1e5, infinity}) {
      gls.set_level_variances(Vector::Constant(1, s));
      const Vector found = spectrum.variances(s), direct = gls.variances_against(controls);
      for (int c = 1; c < conditions; ++c) {
        if (controls.size() == 2 && c == 3) continue;
        Contrast contrast{"", {{c, 1.0}}};
        for (const int control : controls)
          contrast.terms.emplace_back(control, -1.0 / static_cast<double>(controls.size()));
        const double exact = gls.variance(contrast);
        if (std::isnan(exact)) {
          CHECK(std::isnan(found[c]));
          CHECK(std::isnan(direct[c]));
        } else {
          CHECK(relative_error(direct[c], exact) < 1e-12);
          CHECK(relative_error(found[c], exact) < 1e-9);
        }
      }
    }
  }
}

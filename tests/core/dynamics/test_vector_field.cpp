#include <doctest/doctest.h>

#include <cmath>

#include "draws.hpp"
#include "groundwork/base/error.hpp"

using namespace groundwork;
using namespace groundwork::dynamics;

namespace {

Matrix evaluate(VectorField<double>& field, const Vector& p, const std::vector<ConditionInputs>& conditions,
                const Matrix& x) {
  field.bind(p, conditions);
  std::vector<double> record(static_cast<std::size_t>(field.record_size()));
  Matrix f(x.rows(), x.cols());
  field.evaluate(x, record.data(), f);
  return f;
}

std::string code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

}  // namespace

TEST_CASE("the vector-Jacobian product agrees with central differences") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto field = draws::field(v);
    const auto conditions = draws::conditions(v.kind);
    const auto n = static_cast<Index>(conditions.size());
    const Vector p = draws::parameters(*field, 11);
    const Matrix x = draws::states(5, n, 12), weight = draws::states(5, n, 13, 1);

    const auto value = [&](const Vector& q, const Matrix& at) {
      return evaluate(*field, q, conditions, at).cwiseProduct(weight).sum();
    };
    const Vector by_parameters = draws::differences([&](const Vector& q) { return value(q, x); }, p);
    const Vector by_state =
        draws::differences([&](const Vector& s) { return value(p, s.reshaped(5, n)); }, x.reshaped());

    field->bind(p, conditions);
    std::vector<double> record(static_cast<std::size_t>(field->record_size()));
    Matrix f(5, n), state_adjoint(5, n);
    field->evaluate(x, record.data(), f);
    field->pull_back(record.data(), weight, state_adjoint);
    Vector gradient = Vector::Zero(p.size());
    field->add_gradient(gradient);
    CHECK(draws::relative(gradient, by_parameters) < 1e-6);
    CHECK(draws::relative(state_adjoint.reshaped(), by_state) < 1e-6);
    // Every parameter matters to some condition, but the output bias of a centred network cannot.
    CHECK((gradient.array() != 0).count() == p.size());
  }
}

TEST_CASE("the pull-back of an exponential Euler step agrees with central differences") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto field = draws::field(v);
    const auto conditions = draws::conditions(v.kind);
    const auto n = static_cast<Index>(conditions.size());
    const Vector p = draws::parameters(*field, 21);
    const Matrix x = draws::states(5, n, 22), weight = draws::states(5, n, 23, 1);
    const double h = 0.4;
    std::vector<double> record;
    const auto step = [&](const Vector& q, const Matrix& at) {
      field->bind(q, conditions);
      record.resize(static_cast<std::size_t>(field->record_size()));
      Matrix next(5, n);
      field->exponential_step(at, h, record.data(), next);
      return next;
    };
    const auto value = [&](const Vector& q, const Matrix& at) { return step(q, at).cwiseProduct(weight).sum(); };
    const Vector by_parameters = draws::differences([&](const Vector& q) { return value(q, x); }, p);
    const Vector by_state =
        draws::differences([&](const Vector& s) { return value(p, s.reshaped(5, n)); }, x.reshaped());
    step(p, x);
    Matrix state_adjoint(5, n);
    field->pull_back_exponential_step(record.data(), h, weight, state_adjoint);
    Vector gradient = Vector::Zero(p.size());
    field->add_gradient(gradient);
    CHECK(draws::relative(gradient, by_parameters) < 1e-6);
    CHECK(draws::relative(state_adjoint.reshaped(), by_state) < 1e-6);
  }
}

TEST_CASE("the Jacobian agrees with central differences in every column") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto field = draws::field(v);
    const auto conditions = draws::conditions(v.kind);
    const auto n = static_cast<Index>(conditions.size());
    const Vector p = draws::parameters(*field, 31);
    const Matrix x = draws::states(5, n, 32);
    const double h = 1e-5;
    for (Index j = 0; j < n; ++j) {
      Matrix jacobian(5, 5), expected(5, 5);
      for (Index g = 0; g < 5; ++g) {
        Matrix up = x, down = x;
        up(g, j) += h;
        down(g, j) -= h;
        expected.col(g) =
            (evaluate(*field, p, conditions, up) - evaluate(*field, p, conditions, down)).col(j) / (2 * h);
      }
      field->bind(p, conditions);
      field->jacobian(x.col(j), j, jacobian);
      CHECK(draws::relative(jacobian.reshaped(), expected.reshaped()) < 1e-7);
    }
  }
}

TEST_CASE("a centred field rests at the control, exactly, in either precision and whatever the batch") {
  for (const auto& v : draws::variants()) {
    if (!v.centred) continue;
    CAPTURE(draws::name(v));
    FieldOptions options = draws::options(v.kind, true, v.scale, v.layers);
    for (Index genes : {5, 7, 103}) {
      options.genes = genes;
      if (v.scale == Scale::linear) options.control.assign(static_cast<std::size_t>(genes), 1.3);
      options.hidden = genes + 2;
      const auto check = [&]<typename S>(S) {
        const auto field = make_field<S>(options);
        const VectorOf<S> p = draws::parameters(*field, 41);
        const std::vector<ConditionInputs> controls(6);
        field->bind(p, controls);
        std::vector<S> record(static_cast<std::size_t>(field->record_size()));
        MatrixOf<S> f(genes, 6);
        field->evaluate(MatrixOf<S>::Zero(genes, 6), record.data(), f);
        CHECK(f.cwiseAbs().maxCoeff() == 0);
        field->exponential_step(MatrixOf<S>::Zero(genes, 6), S(0.5), record.data(), f);
        CHECK(f.cwiseAbs().maxCoeff() <= 4 * std::numeric_limits<S>::epsilon());
      };
      check(float());
      check(double());
    }
  }
}

TEST_CASE("equations and clamps of docs/model.md, written out") {
  const std::vector<ConditionInputs> conditions = draws::conditions(FieldKind::production_decay);
  const Matrix x = draws::states(5, 9, 52);
  for (Scale scale : {Scale::log, Scale::linear}) {
    for (FieldKind kind : {FieldKind::linear, FieldKind::saturating, FieldKind::production_decay}) {
      const auto options = draws::options(kind, false, scale);
      const auto field = make_field<double>(options);
      const Vector p = draws::parameters(*field, 51);
      const Matrix f = evaluate(*field, p, conditions, x);
      const auto& layout = field->layout();
      const Matrix W = layout.view(p, kind == FieldKind::linear ? "A" : "W"), B = layout.view(p, "B"),
                   b = layout.view(p, "b");
      const Vector estimated = field->kappas(p);
      for (std::size_t c = 0; c < conditions.size(); ++c) {
        const auto j = static_cast<Index>(c);
        Vector seen = x.col(j), kappa = Vector::Ones(5), added = Vector::Zero(5), own = Vector::Zero(5);
        for (const Clamp& clamp : conditions[c].clamps) {
          const double k = clamp.estimated >= 0 ? estimated[clamp.estimated] : clamp.kappa;
          const double level =
              scale == Scale::log ? std::log(k) : (k - 1) * options.control[static_cast<std::size_t>(clamp.gene)];
          if (clamp.kind == ClampKind::activity) {
            seen[clamp.gene] = level;
            own[clamp.gene] = W(clamp.gene, clamp.gene) * (x(clamp.gene, j) - level);
          } else {
            kappa[clamp.gene] *= k;
            added[clamp.gene] = level;
          }
        }
        Vector drive = b.col(conditions[c].medium);
        for (const InputDose& dose : conditions[c].doses) drive += dose.dose * B.col(dose.input);
        const Vector a = W * seen + drive;
        Vector expected(5);
        if (kind == FieldKind::linear) {
          expected = a + own - Vector(W.diagonal().cwiseProduct(added));
        } else if (kind == FieldKind::saturating) {
          const Vector epsilon = layout.view(p, "log_epsilon").array().exp().matrix(),
                       alpha = layout.view(p, "log_alpha").array().exp().matrix();
          expected = epsilon.array() * (a + own).array().tanh() - alpha.array() * (x.col(j) - added).array();
        } else {
          const Vector gamma = layout.view(p, "log_gamma").array().exp().matrix();
          for (Index g = 0; g < 5; ++g) {
            const double s = 2 / (1 + std::exp(-a[g]));
            const double control = scale == Scale::linear ? options.control[static_cast<std::size_t>(g)] : 0;
            expected[g] = scale == Scale::log ? gamma[g] * (kappa[g] * s * std::exp(-x(g, j)) - 1)
                                              : gamma[g] * (control * kappa[g] * s - (control + x(g, j)));
          }
        }
        CHECK(draws::relative(f.col(j), expected) < 1e-13);
      }
    }
  }
}

TEST_CASE("neural fields, written out") {
  for (bool centred : {false, true}) {
    for (int layers : {1, 2}) {
      const auto conditions = draws::conditions(FieldKind::neural);
      const Matrix x = draws::states(5, 4, 62);
      for (FieldKind kind : {FieldKind::neural, FieldKind::neural_decay}) {
        const auto field = make_field<double>(draws::options(kind, centred, Scale::log, layers));
        const Vector p = draws::parameters(*field, 61);
        const Matrix f = evaluate(*field, p, conditions, x);
        const auto block = [&](const char* name) -> Matrix { return field->layout().view(p, name); };
        const auto network = [&](const Vector& state, const ConditionInputs& condition) -> Vector {
          Vector z = block("W1") * state + block("b").col(condition.medium);
          for (const InputDose& dose : condition.doses) z += dose.dose * block("B").col(dose.input);
          Vector h = z.array().tanh();
          if (layers == 2) h = (block("W2") * h + block("b2")).array().tanh();
          Vector g = block("V") * h;
          if (field->layout().contains("v")) g += block("v");
          return g;
        };
        const auto softplus = [](const Vector& g) -> Vector { return g.array().exp().log1p(); };
        const Vector centre = network(Vector::Zero(5), ConditionInputs());
        for (Index j = 0; j < 4; ++j) {
          Vector expected = network(x.col(j), conditions[static_cast<std::size_t>(j)]);
          if (kind == FieldKind::neural) {
            if (centred) expected -= centre;
          } else {
            const Vector a =
                centred ? Vector(softplus(centre).cwiseInverse()) : Vector(block("log_a").array().exp().matrix());
            const Vector gamma = block("log_gamma").array().exp();
            expected = gamma.array() * (softplus(expected).array() * a.array() * (-x.col(j)).array().exp() - 1);
          }
          CHECK(draws::relative(f.col(j), expected) < 1e-12);
        }
      }
    }
  }
}

TEST_CASE("kappa of 1 is no edit, and kappa of 0 removes synthesis") {
  const auto field = make_field<double>(draws::options(FieldKind::production_decay, false));
  const Vector p = draws::parameters(*field, 71);
  std::vector<ConditionInputs> conditions(3);
  conditions[1].clamps = {{2, ClampKind::synthesis, 1, -1}};
  conditions[2].clamps = {{2, ClampKind::synthesis, 0, -1}};
  const Matrix x = draws::states(5, 1, 72).replicate(1, 3);
  const Matrix f = evaluate(*field, p, conditions, x);
  CHECK((f.col(0) - f.col(1)).cwiseAbs().maxCoeff() == 0);
  CHECK(f(2, 2) == doctest::Approx(-field->rates()[2]).epsilon(1e-15));
}

TEST_CASE("in linear and saturating kappa of 1 is no edit, and at rest alone a clamped gene is at its level") {
  for (FieldKind kind : {FieldKind::linear, FieldKind::saturating})
    for (Scale scale : {Scale::log, Scale::linear}) {
      const auto options = draws::options(kind, true, scale);
      const auto field = make_field<double>(options);
      Vector p = draws::parameters(*field, 73);
      std::vector<ConditionInputs> conditions(3);
      conditions[1].clamps = {{2, ClampKind::synthesis, 1, -1}};
      conditions[2].clamps = {{2, ClampKind::synthesis, 0.3, -1}};
      const Matrix f = evaluate(*field, p, conditions, draws::states(5, 1, 74).replicate(1, 3));
      CHECK((f.col(0) - f.col(1)).cwiseAbs().maxCoeff() == 0);
      // Without a network the gene rests where the edit puts it: log κ, or (κ − 1) c.
      auto W = field->layout().view(p, kind == FieldKind::linear ? "A" : "W");
      const Vector own = W.diagonal();
      W.setZero();
      if (kind == FieldKind::linear) W.diagonal() = -own.cwiseAbs();
      const double level = scale == Scale::log ? std::log(0.3) : -0.7 * options.control[2];
      Matrix rest = Matrix::Zero(5, 3);
      rest(2, 2) = level;
      CHECK(evaluate(*field, p, conditions, rest).cwiseAbs().maxCoeff() < 1e-14);
    }
}

TEST_CASE("the steady-state residual and its gradient, rates included") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto field = draws::field(v);
    const Vector p = draws::parameters(*field, 81), weight = draws::states(5, 1, 82);
    const Vector residual = field->rest_residual(p);
    if (v.centred) CHECK(residual.cwiseAbs().maxCoeff() == 0);
    Vector gradient = Vector::Zero(p.size());
    field->pull_back_rest(p, weight, gradient);
    const Vector expected = draws::differences([&](const Vector& q) { return field->rest_residual(q).dot(weight); }, p);
    CHECK(draws::relative(gradient, expected) < 1e-6);
  }
}

TEST_CASE("estimated kappa stays above its floor and starts where it was told") {
  auto options = draws::options(FieldKind::production_decay, false);
  options.kappa_initial = 0.35;
  options.kappa_floor = 0.02;
  const auto field = make_field<double>(options);
  Random random(1);
  Vector p = field->initial_parameters(random);
  CHECK(field->kappas(p)[0] == doctest::Approx(0.35).epsilon(1e-12));
  for (double kappa : {0.021, 0.5, 1.0, 30.0}) {
    field->layout().view(p, "rho").setConstant(field->raw_kappa(kappa));
    CHECK(field->kappas(p)[1] == doctest::Approx(kappa).epsilon(1e-12));
  }
  field->layout().view(p, "rho").setConstant(-50);
  CHECK(field->kappas(p)[0] == doctest::Approx(0.02));
  CHECK(code_of([&] { field->raw_kappa(0.01); }) == "model.kappa");
}

TEST_CASE("float agrees with double") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto options = draws::options(v.kind, v.centred, v.scale, v.layers);
    const auto exact = make_field<double>(options);
    const auto fast = make_field<float>(options);
    const auto conditions = draws::conditions(v.kind);
    const auto n = static_cast<Index>(conditions.size());
    const Vector p = draws::parameters(*exact, 91);
    const Matrix x = draws::states(5, n, 92), weight = draws::states(5, n, 93);
    const auto run = [&]<typename S>(VectorField<S>& field) {
      field.bind(p.cast<S>().eval(), conditions);
      std::vector<S> record(static_cast<std::size_t>(field.record_size()));
      MatrixOf<S> f(5, n), adjoint(5, n);
      field.evaluate(x.cast<S>(), record.data(), f);
      field.pull_back(record.data(), weight.cast<S>(), adjoint);
      VectorOf<S> gradient = VectorOf<S>::Zero(p.size());
      field.add_gradient(gradient);
      Vector all(f.size() + adjoint.size() + gradient.size());
      all << f.template cast<double>().reshaped(), adjoint.template cast<double>().reshaped(),
          gradient.template cast<double>();
      return all;
    };
    CHECK(draws::relative(run(*fast), run(*exact)) < 3e-6);
  }
}

TEST_CASE("what a field refuses") {
  const auto field = make_field<double>(draws::options(FieldKind::linear, false));
  const Vector p = draws::parameters(*field, 1);
  std::vector<ConditionInputs> one(1);
  CHECK(code_of([&] { field->bind(p.head(3), one); }) == "model.parameters");
  one[0].medium = 2;
  CHECK(code_of([&] { field->bind(p, one); }) == "model.input");
  one[0] = {};
  one[0].clamps = {{1, ClampKind::activity, 0, -1}};
  CHECK(code_of([&] { field->bind(p, one); }) == "model.kappa");
  const auto neural = make_field<double>(draws::options(FieldKind::neural, false));
  CHECK(code_of([&] { neural->bind(draws::parameters(*neural, 1), one); }) == "model.clamp");
  CHECK(code_of([] { field_kind_of("quadratic"); }) == "model.unknown");
  CHECK(code_of([&] { field->layout().at("V"); }) == "parameters.no_block");
  FieldOptions bad = draws::options(FieldKind::neural, false);
  bad.hidden_layers = 3;
  CHECK(code_of([&] { make_field<float>(bad); }) == "model.options");
}

#include "groundwork/measurement/gls.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "groundwork/base/error.hpp"
#include "groundwork/base/tiles.hpp"

namespace groundwork::measurement {
namespace {

constexpr int ground_node = -1;

/** Disjoint sets with path halving. */
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t i, std::size_t j) { parent_[find(i)] = find(j); }

 private:
  std::vector<std::size_t> parent_;
};

/** The tree of batch groups as nodes of the network, columns first so that the dense part is eliminated first. */
struct Tree {
  std::vector<int> node_of_column;  // ground_node where the variance is 0 all the way up
  struct Edge {
    int child, parent;  // parent may be ground_node
    double conductance;
  };
  std::vector<Edge> edges;
  int nodes = 0;
};

Tree tree_of(const BatchLevels& levels, const Vector& variances) {
  Tree tree;
  std::vector<std::vector<int>> node(levels.levels());
  // Numbers are given from the finest level up; what melts into its parent is resolved on the way down.
  for (std::size_t f = levels.levels(); f-- > 0;) {
    node[f].assign(levels.labels[f].size(), ground_node);
    if (variances[static_cast<Index>(f)] == 0) continue;
    for (int& id : node[f]) id = tree.nodes++;
  }
  for (std::size_t f = 0; f < levels.levels(); ++f) {
    const double variance = variances[static_cast<Index>(f)];
    for (std::size_t g = 0; g < node[f].size(); ++g) {
      const int above = f == 0 ? ground_node : node[f - 1][static_cast<std::size_t>(levels.parent[f][g])];
      if (variance == 0) {
        node[f][g] = above;
      } else if (std::isfinite(variance)) {
        tree.edges.push_back({node[f][g], above, 1 / variance});
      }
    }
  }
  tree.node_of_column.assign(static_cast<std::size_t>(levels.columns()), ground_node);
  if (levels.levels() > 0) tree.node_of_column = node.back();
  return tree;
}

/** Adds Σ_c w wᵀ/d to the lower triangle; `d` holds the sums of the rows. */
template <typename Scalar>
void add_coupling(const Matrix& rows, const RowPatterns& patterns, const Vector& d, Matrix& coupling) {
  // Blocks stay in the cache; single precision is summed over a few of them only.
  constexpr Index block = 64, together = 4;
  const Index batches = rows.cols(), width = padded_rows<Scalar>(batches);
  Vector root = (d.array() > 0).select(d.array().rsqrt(), 0.0);
  if (patterns.repeated()) root.array() *= patterns.count.array().sqrt();
  MatrixOf<Scalar> scaled = MatrixOf<Scalar>::Zero(width, block), part = MatrixOf<Scalar>::Zero(width, width);
  for (Index start = 0, blocks = 1; start < rows.rows(); start += block, ++blocks) {
    const Index size = std::min(block, rows.rows() - start);
    for (Index b = 0; b < batches; ++b) {
      const double* w = rows.data() + b * rows.rows() + start;
      Scalar* to = scaled.data() + b;
      for (Index c = 0; c < size; ++c) to[c * width] = static_cast<Scalar>(w[c] * root[start + c]);
    }
    add_outer_products(scaled.data(), scaled.data(), size, part, true);
    if (blocks % together != 0 && start + block < rows.rows()) continue;
    coupling += part.topLeftCorner(batches, batches).template cast<double>();
    part.setZero();
  }
}

/** ‖(u − reference) · basis‖² of every pattern. The difference is taken first: it is what keeps the digits. */
template <typename Scalar>
void add_squared_scores(const Gls& gls, const Eigen::RowVectorXd& reference, bool triangular, Vector& sum) {
  const RowPatterns& patterns = gls.patterns();
  const Matrix& rows = patterns.repeated() ? patterns.weights : gls.weights();
  const Index batches = rows.cols(), nodes = gls.basis().cols();
  const MatrixOf<Scalar> basis = gls.basis().template cast<Scalar>();
  constexpr Index block = 256;
  MatrixOf<Scalar> u, z;
  for (Index start = 0; start < rows.rows(); start += block) {
    const Index size = std::min(block, rows.rows() - start);
    Vector scale = gls.inverse_totals().segment(patterns.repeated() ? 0 : start, size);
    if (patterns.repeated()) {
      const Vector d = rows.middleRows(start, size).rowwise().sum();
      scale = (d.array() > 0).select(d.array().inverse(), 0.0);
    }
    u.resize(size, batches);
    for (Index b = 0; b < batches; ++b) {
      u.col(b) = (rows.col(b).segment(start, size).array() * scale.array() - reference[b]).template cast<Scalar>();
    }
    z.resize(size, nodes);
    if (triangular) {
      z.leftCols(batches).noalias() = u * basis.leftCols(batches).template triangularView<Eigen::Upper>();
      z.rightCols(nodes - batches).noalias() = u * basis.rightCols(nodes - batches);
    } else {
      z.noalias() = u * basis;
    }
    for (Index k = 0; k < nodes; ++k) {
      sum.segment(start, size) += z.col(k).cwiseAbs2().template cast<double>();
    }
  }
}

/** `shared(b, a)` > 0 below the diagonal where some condition is in both batches, enough of them to connect what hangs
 * together. */
std::vector<GraphComponent> components_from(const Matrix& weights, const Matrix& shared) {
  const auto conditions = static_cast<std::size_t>(weights.rows()), batches = static_cast<std::size_t>(weights.cols());
  DisjointSets sets(batches);
  for (std::size_t a = 0; a < batches; ++a) {
    for (std::size_t b = a + 1; b < batches; ++b) {
      if (shared(static_cast<Index>(b), static_cast<Index>(a)) > 0) sets.join(a, b);
    }
  }
  std::vector<int> first(conditions, -1);
  std::size_t missing = conditions;
  for (std::size_t b = 0; b < batches && missing > 0; ++b) {
    const double* column = weights.col(static_cast<Index>(b)).data();
    for (std::size_t c = 0; c < conditions; ++c) {
      if (first[c] >= 0 || !(column[c] > 0)) continue;
      first[c] = static_cast<int>(b);
      --missing;
    }
  }
  std::vector<GraphComponent> components;
  std::vector<int> number(batches, -1);
  for (std::size_t c = 0; c < conditions; ++c) {
    if (first[c] < 0) {
      components.push_back({{static_cast<int>(c)}, {}});
      continue;
    }
    int& k = number[sets.find(static_cast<std::size_t>(first[c]))];
    if (k < 0) {
      k = static_cast<int>(components.size());
      components.emplace_back();
    }
    components[static_cast<std::size_t>(k)].conditions.push_back(static_cast<int>(c));
  }
  for (std::size_t b = 0; b < batches; ++b) {
    const int k = number[sets.find(b)];
    if (k >= 0) components[static_cast<std::size_t>(k)].batches.push_back(static_cast<int>(b));
  }
  return components;
}

}  // namespace

RowPatterns patterns_of(const Matrix& weights) {
  const Index rows = weights.rows(), columns = weights.cols();
  RowPatterns patterns;
  if (rows < 512) return patterns;
  // Rows with equal hashes are compared in full. If the first few hundred rows hardly repeat, the rest is not looked
  // at.
  std::vector<std::uint64_t> hash(static_cast<std::size_t>(rows), 1469598103934665603u);
  const auto look = [&](Index begin, Index end) {
    for (Index b = 0; b < columns; ++b) {
      for (Index c = begin; c < end; ++c) {
        std::uint64_t bits = 0;
        const double value = weights(c, b);
        std::memcpy(&bits, &value, sizeof bits);
        std::uint64_t& h = hash[static_cast<std::size_t>(c)];
        h = (h ^ (bits >> 20) ^ bits) * 1099511628211u;
        h ^= h >> 29;
      }
    }
  };
  std::unordered_map<std::uint64_t, int> seen;
  std::vector<Index> first;
  std::vector<double> count;
  const auto place = [&](Index begin, Index end) {
    for (Index c = begin; c < end; ++c) {
      const auto [at, added] = seen.try_emplace(hash[static_cast<std::size_t>(c)], static_cast<int>(first.size()));
      int pattern = at->second;
      if (added || weights.row(first[static_cast<std::size_t>(pattern)]) != weights.row(c)) {
        pattern = static_cast<int>(first.size());
        first.push_back(c);
        count.push_back(0);
      }
      count[static_cast<std::size_t>(pattern)] += 1;
      patterns.of_row.push_back(pattern);
    }
  };
  look(0, 256);
  place(0, 256);
  if (first.size() > 192) return {};
  look(256, rows);
  place(256, rows);
  if (first.size() > static_cast<std::size_t>(rows / 2)) return {};
  patterns.weights.resize(static_cast<Index>(first.size()), columns);
  for (std::size_t k = 0; k < first.size(); ++k) patterns.weights.row(static_cast<Index>(k)) = weights.row(first[k]);
  patterns.count = Eigen::Map<const Vector>(count.data(), static_cast<Index>(count.size()));
  return patterns;
}

std::vector<std::pair<int, double>> merged_terms(const Contrast& contrast) {
  auto terms = contrast.terms;
  std::sort(terms.begin(), terms.end());
  std::size_t kept = 0;
  for (std::size_t k = 0; k < terms.size(); ++k) {
    if (kept > 0 && terms[kept - 1].first == terms[k].first) {
      terms[kept - 1].second += terms[k].second;
    } else {
      terms[kept++] = terms[k];
    }
  }
  terms.resize(kept);
  return terms;
}

Gls::Gls(BatchLevels levels, Matrix weights, bool single_precision)
    : levels_(std::move(levels)), single_precision_(single_precision) {
  set_weights(std::move(weights));
}

void Gls::set_weights(Matrix weights) {
  weights_ = std::move(weights);
  const Index batches = weights_.cols();
  totals_ = weights_.rowwise().sum();
  inverse_totals_ = (totals_.array() > 0).select(totals_.array().inverse(), 0.0);
  patterns_ = patterns_of(weights_);
  coupling_ = Matrix::Zero(batches, batches);
  const Matrix& rows = patterns_.repeated() ? patterns_.weights : weights_;
  const Vector sums = patterns_.repeated() ? Vector(rows.rowwise().sum()) : totals_;
  if (single_precision_) {
    add_coupling<float>(rows, patterns_, sums, coupling_);
  } else {
    add_coupling<double>(rows, patterns_, sums, coupling_);
  }
  coupling_.diagonal().setZero();
  coupling_.triangularView<Eigen::StrictlyUpper>() = coupling_.transpose();
  components_ = components_from(weights_, coupling_);
  scores_current_ = false;
}

void Gls::set_level_variances(const Vector& variances) {
  if (variances.size() != static_cast<Index>(levels_.levels())) {
    throw Error("variances.level_count", "There are " + std::to_string(levels_.levels()) + " batch levels and " +
                                             std::to_string(variances.size()) + " variances for them.");
  }
  variances_ = variances;
  scores_current_ = false;
  const Index batches = weights_.cols();
  const Tree tree = tree_of(levels_, variances);
  const auto nodes = static_cast<std::size_t>(tree.nodes);

  Matrix conductance = Matrix::Zero(tree.nodes, tree.nodes);
  Vector ground = Vector::Zero(tree.nodes);
  for (Index b = 0; b < batches; ++b) {
    const int i = tree.node_of_column[static_cast<std::size_t>(b)];
    if (i == ground_node) continue;
    for (Index c = 0; c < batches; ++c) {
      const int j = tree.node_of_column[static_cast<std::size_t>(c)];
      if (j == ground_node) {
        ground[i] += coupling_(c, b);
      } else if (j != i) {
        conductance(j, i) += coupling_(c, b);
      }
    }
  }
  for (const Tree::Edge& edge : tree.edges) {
    if (edge.parent == ground_node) {
      ground[edge.child] += edge.conductance;
    } else {
      conductance(edge.child, edge.parent) += edge.conductance;
      conductance(edge.parent, edge.child) += edge.conductance;
    }
  }
  GroundedNetwork network;
  network.factorise(std::move(conductance), std::move(ground));
  basis_ = Matrix::Zero(batches, tree.nodes);
  for (Index b = 0; b < batches; ++b) {
    const int i = tree.node_of_column[static_cast<std::size_t>(b)];
    if (i != ground_node) basis_.row(b) = network.inverse_factor().col(i).transpose();
  }
  // Columns are numbered first and in order unless they have melted into their parents.
  triangular_ = levels_.levels() > 0 && variances_[variances_.size() - 1] != 0;

  // Parts without ground. What shares cells hangs together already; the tree joins such components and the ground.
  const std::size_t parts = components_.size(), earth = nodes + parts;
  DisjointSets sets(earth + 1);
  for (const Tree::Edge& edge : tree.edges) {
    sets.join(static_cast<std::size_t>(edge.child),
              edge.parent == ground_node ? earth : static_cast<std::size_t>(edge.parent));
  }
  for (std::size_t k = 0; k < parts; ++k) {
    for (const int b : components_[k].batches) {
      const int i = tree.node_of_column[static_cast<std::size_t>(b)];
      sets.join(nodes + k, i == ground_node ? earth : static_cast<std::size_t>(i));
    }
  }
  floating_.clear();
  floating_of_.assign(static_cast<std::size_t>(weights_.rows()), -1);
  std::vector<int> number(earth + 1, -1);
  for (std::size_t k = 0; k < parts; ++k) {
    const std::size_t set = sets.find(nodes + k);
    if (set == sets.find(earth)) continue;
    if (number[set] < 0) {
      number[set] = static_cast<int>(floating_.size());
      floating_.emplace_back();
    }
    GraphComponent& part = floating_[static_cast<std::size_t>(number[set])];
    part.conditions.insert(part.conditions.end(), components_[k].conditions.begin(), components_[k].conditions.end());
    part.batches.insert(part.batches.end(), components_[k].batches.begin(), components_[k].batches.end());
    for (const int c : components_[k].conditions) floating_of_[static_cast<std::size_t>(c)] = number[set];
  }
  for (GraphComponent& part : floating_) {
    std::sort(part.conditions.begin(), part.conditions.end());
    std::sort(part.batches.begin(), part.batches.end());
  }
}

Matrix Gls::laplacian() const {
  Matrix l = -coupling_;
  l.diagonal() = coupling_.colwise().sum();
  return l;
}

std::vector<int> Gls::confounded_with(const Contrast& contrast) const {
  if (floating_.empty()) return {};
  std::vector<double> sum(floating_.size(), 0.0);
  double size = 0;
  for (const auto& [condition, coefficient] : contrast.terms) {
    const int part = floating_of_[static_cast<std::size_t>(condition)];
    if (part >= 0) sum[static_cast<std::size_t>(part)] += coefficient;
    size += std::abs(coefficient);
  }
  std::vector<int> parts;
  for (std::size_t k = 0; k < sum.size(); ++k) {
    if (std::abs(sum[k]) > 1e-9 * size) parts.push_back(static_cast<int>(k));
  }
  return parts;
}

double Gls::variance(const Contrast& contrast) const {
  if (!confounded_with(contrast).empty()) return std::numeric_limits<double>::quiet_NaN();
  double own = 0;
  Eigen::RowVectorXd mixed = Eigen::RowVectorXd::Zero(weights_.cols());
  for (const auto& [condition, coefficient] : merged_terms(contrast)) {
    if (coefficient == 0) continue;
    own += coefficient * coefficient / totals_[condition];
    mixed += coefficient * shares_of(condition);
  }
  return own + (mixed * basis_).squaredNorm();
}

std::vector<double> Gls::variances(const std::vector<Contrast>& contrasts) const {
  const Matrix& z = scores();
  std::vector<double> result;
  result.reserve(contrasts.size());
  Eigen::RowVectorXd mixed(z.cols());
  for (const Contrast& contrast : contrasts) {
    if (!confounded_with(contrast).empty()) {
      result.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    double own = 0;
    mixed.setZero();
    for (const auto& [condition, coefficient] : merged_terms(contrast)) {
      if (coefficient == 0) continue;
      own += coefficient * coefficient / totals_[condition];
      mixed += coefficient * z.row(condition);
    }
    result.push_back(own + mixed.squaredNorm());
  }
  return result;
}

Vector Gls::variances_against(const std::vector<int>& controls) const {
  const Index conditions = weights_.rows();
  const double share = 1 / static_cast<double>(controls.size());
  Eigen::RowVectorXd reference_share = Eigen::RowVectorXd::Zero(weights_.cols());
  double own = 0;
  std::vector<double> control_share(floating_.size() + 1, 0.0);  // by floating part; the last one: grounded
  for (const int c : controls) {
    reference_share += share * shares_of(c);
    own += share * share / totals_[c];
    const int part = floating_of_[static_cast<std::size_t>(c)];
    control_share[part < 0 ? floating_.size() : static_cast<std::size_t>(part)] += share;
  }
  Vector mixed = Vector::Zero(patterns_.repeated() ? patterns_.count.size() : conditions);
  if (single_precision_) {
    add_squared_scores<float>(*this, reference_share, triangular_, mixed);
  } else {
    add_squared_scores<double>(*this, reference_share, triangular_, mixed);
  }
  Vector variance = totals_.cwiseInverse().array() + own;
  for (Index c = 0; c < conditions; ++c) {
    variance[c] += mixed[patterns_.repeated() ? patterns_.of_row[static_cast<std::size_t>(c)] : c];
  }
  if (floating_.empty()) return variance;
  for (Index c = 0; c < conditions; ++c) {
    const int part = floating_of_[static_cast<std::size_t>(c)];
    const double together = control_share[part < 0 ? floating_.size() : static_cast<std::size_t>(part)];
    if (std::abs(together - 1) > 1e-9) variance[c] = std::numeric_limits<double>::quiet_NaN();
  }
  return variance;
}

Matrix Gls::batch_covariance() const { return basis_ * basis_.transpose(); }

Matrix Gls::covariance() const {
  const Matrix& z = scores();
  Matrix covariance = z * z.transpose();
  covariance.diagonal() += totals_.cwiseInverse();
  return covariance;
}

const Matrix& Gls::scores() const {
  if (!scores_current_) {
    scores_.noalias() = weights_ * basis_;
    for (Index k = 0; k < scores_.cols(); ++k) scores_.col(k).array() *= inverse_totals_.array();
    scores_current_ = true;
  }
  return scores_;
}

std::vector<GraphComponent> components_of(const Matrix& weights) {
  const Index conditions = weights.rows(), batches = weights.cols();
  // A condition joins each of its batches to its first one; only then are sets of batches united.
  std::vector<Index> first(static_cast<std::size_t>(conditions), -1);
  Matrix shared = Matrix::Zero(batches, batches);
  for (Index b = 0; b < batches; ++b) {
    for (Index c = 0; c < conditions; ++c) {
      if (!(weights(c, b) > 0)) continue;
      Index& a = first[static_cast<std::size_t>(c)];
      if (a < 0) a = b;
      shared(b, a) = 1;
    }
  }
  return components_from(weights, shared);
}

}  // namespace groundwork::measurement

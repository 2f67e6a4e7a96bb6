#include <emscripten/bind.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "groundwork/api/ingest.hpp"
#include "reply.hpp"

namespace groundwork::wasm {
namespace {

std::vector<std::string> names_from(const std::string& json) { return parse(json).get<std::vector<std::string>>(); }

std::vector<std::int64_t> offsets_from(const val& array) {
  const std::vector<int> values = values_from<int>(array);
  return {values.begin(), values.end()};
}

/** An ingest as JavaScript holds it; large arrays come as typed arrays and are copied once. */
class IngestHandle {
 public:
  val expect_columns(const std::string& names) {
    return done([&] { ingest_.expect_columns(names_from(names)); });
  }
  val push_cells_text(const std::string& file, const val& bytes, bool last) {
    return done([&] { ingest_.push_cells_text(file, text(bytes), last); });
  }
  val describe_counts_text(const std::string& file, const val& bytes, bool last) {
    return done([&] { ingest_.describe_counts_text(file, text(bytes), last); });
  }
  val set_genes(const std::string& names) {
    return done([&] { ingest_.set_genes(names_from(names)); });
  }
  val set_cell_names(const std::string& names) {
    return done([&] { ingest_.set_cell_names(names_from(names)); });
  }
  val add_column(const std::string& name, const val& codes, const std::string& levels) {
    return done([&] { ingest_.add_column(name, values_from<int>(codes), names_from(levels)); });
  }
  val describe() const {
    return guarded([&] {
      val reply = accepted();
      reply.set("json", text_of(ingest_.describe()));
      return reply;
    });
  }
  val begin(const std::string& request) {
    return done([&] { ingest_.begin(parse(request)); });
  }
  val push_counts_text(const val& bytes, bool last) {
    return done([&] { ingest_.push_counts_text(text(bytes), last); });
  }
  val push_rows(int first_cell, const val& starts, const val& genes, const val& counts) {
    return done([&] {
      ingest_.push_rows(first_cell, offsets_from(starts), values_from<int>(genes), values_from<float>(counts));
    });
  }
  val push_columns(int first_gene, const val& starts, const val& cells, const val& counts) {
    return done([&] {
      ingest_.push_columns(first_gene, offsets_from(starts), values_from<int>(cells), values_from<float>(counts));
    });
  }
  val push_dense(int first_cell, int cells, const val& counts) {
    return done([&] { ingest_.push_dense(first_cell, cells, values_from<float>(counts)); });
  }
  val next_pass() {
    return guarded([&] {
      const bool more = ingest_.next_pass();
      val reply = accepted();
      reply.set("more", more);
      return reply;
    });
  }
  val finish() {
    return guarded([&] { return accepted(ingest_.finish()); });
  }

 private:
  template <typename Body>
  static val done(Body&& body) {
    return guarded([&] {
      body();
      return accepted();
    });
  }

  /** The bytes of a chunk, valid until the next chunk. */
  std::string_view text(const val& bytes) {
    chunk_ = values_from<unsigned char>(bytes);
    return {reinterpret_cast<const char*>(chunk_.data()), chunk_.size()};
  }

  api::Ingest ingest_;
  std::vector<unsigned char> chunk_;
};

val new_ingest() {
  return guarded([] {
    val reply = accepted();
    reply.set("ingest", std::make_shared<IngestHandle>());
    return reply;
  });
}

}  // namespace
}  // namespace groundwork::wasm

EMSCRIPTEN_BINDINGS(groundwork_ingest) {
  using namespace groundwork::wasm;
  emscripten::function("newIngest", &new_ingest);
  emscripten::class_<IngestHandle>("Ingest")
      .smart_ptr<std::shared_ptr<IngestHandle>>("IngestPointer")
      .function("expectColumns", &IngestHandle::expect_columns)
      .function("pushCellsText", &IngestHandle::push_cells_text)
      .function("describeCountsText", &IngestHandle::describe_counts_text)
      .function("setGenes", &IngestHandle::set_genes)
      .function("setCellNames", &IngestHandle::set_cell_names)
      .function("addColumn", &IngestHandle::add_column)
      .function("describe", &IngestHandle::describe)
      .function("begin", &IngestHandle::begin)
      .function("pushCountsText", &IngestHandle::push_counts_text)
      .function("pushRows", &IngestHandle::push_rows)
      .function("pushColumns", &IngestHandle::push_columns)
      .function("pushDense", &IngestHandle::push_dense)
      .function("nextPass", &IngestHandle::next_pass)
      .function("finish", &IngestHandle::finish);
}

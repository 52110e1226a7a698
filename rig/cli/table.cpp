#include "rig/cli/table.h"

#include <algorithm>

namespace pumprig::cli {

std::size_t display_width(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void Table::add(std::vector<std::string> cells) {
  auto& row = rows_.emplace_back();
  for (auto& cell : cells) row.push_back({std::move(cell), {}});
  row.resize(columns_.size());
}

void Table::style_last(std::size_t column, std::string_view ansi) {
  rows_.back()[column].ansi = ansi;
}

std::string Table::text(bool colour, std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
    widths.push_back(width);
  }
  std::string out;
  const auto put_line = [&](auto&& cell_of) {
    std::string line(indent);
    std::size_t owed = 0;  // blanks that the next cell needs before it
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Cell cell = cell_of(i);
      const auto padding = widths[i] - display_width(cell.text);
      const bool right = columns_[i].align == Align::kRight;
      if (!cell.text.empty()) {
        line.append(owed + (right ? padding : 0), ' ');
        line += colour && !cell.ansi.empty() ? "\033[" + cell.ansi + "m" + cell.text + "\033[0m" : cell.text;
        owed = right ? 0 : padding;
      } else {
        owed += widths[i];
      }
      owed += 2;
    }
    out += line + "\n";
  };
  put_line([&](std::size_t i) { return Cell{columns_[i].title, "1"}; });
  for (const auto& row : rows_) put_line([&](std::size_t i) { return row[i]; });
  return out;
}

}  // namespace pumprig::cli

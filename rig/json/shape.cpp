#include "rig/json/shape.h"

namespace pumprig::json {

Shape Shape::quantity(Dimension dimension, std::string min, std::string max) {
  Shape shape = of(Type::kQuantity);
  shape.dimension = dimension;
  shape.min = std::move(min);
  shape.max = std::move(max);
  return shape;
}

Shape Shape::count(std::string min, std::string max) {
  Shape shape = quantity(Dimension::kCount, std::move(min), std::move(max));
  shape.whole = true;
  return shape;
}

Shape Shape::choice(std::vector<std::string> choices) {
  Shape shape = of(Type::kChoice);
  shape.choices = std::move(choices);
  return shape;
}

Shape Shape::list(Shape element) {
  Shape shape = of(Type::kList);
  shape.element.push_back(std::move(element));
  return shape;
}

Shape Shape::object(std::vector<Setting> members) {
  Shape shape = of(Type::kObject);
  shape.members = std::move(members);
  return shape;
}

}  // namespace pumprig::json

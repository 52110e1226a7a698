#include "rig/json/shape.h"

namespace pumprig::json {

// Here and not in the header: a Shape can be destroyed only where Setting is known.
Shape Shape::of(Type type) {
  Shape shape;
  shape.type = type;
  return shape;
}

Shape Shape::any_quantity() {
  return of(Type::kAnyQuantity);
}

Shape Shape::text() {
  return of(Type::kText);
}

Shape Shape::name() {
  return of(Type::kName);
}

Shape Shape::boolean() {
  return of(Type::kBool);
}

Shape Shape::free() {
  return of(Type::kFree);
}

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

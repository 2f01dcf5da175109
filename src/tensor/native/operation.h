// What every operation needs of TensorFlow's C API, which is the same for all versions.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

// Without it the header asks for one that TensorFlow's packages do not bring.
#define IS_SLIM_BUILD
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

namespace igds {

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  operator TF_Status*() const { return status_; }
  bool good() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_Status* status_;
};

// A tensor of floats that is let go of with its scope.
class Held {
 public:
  explicit Held(TF_Tensor* tensor) : tensor_(tensor) {}
  ~Held() {
    if (tensor_) TF_DeleteTensor(tensor_);
  }
  Held(const Held&) = delete;
  Held(Held&& other) : tensor_(other.tensor_) { other.tensor_ = nullptr; }
  float* data() const { return static_cast<float*>(TF_TensorData(tensor_)); }
  bool hasAxes(int axes) const { return tensor_ && TF_NumDims(tensor_) == axes; }
  int axes() const { return TF_NumDims(tensor_); }
  int64_t size(int axis) const { return TF_Dim(tensor_, axis); }
  int64_t count() const { return TF_TensorElementCount(tensor_); }

 private:
  TF_Tensor* tensor_;
};

inline Held input(TF_OpKernelContext* context, int index, TF_Status* status) {
  TF_Tensor* tensor = nullptr;
  TF_GetInput(context, index, &tensor, status);
  return Held(tensor);
}

inline Held output(TF_OpKernelContext* context, int index, const std::vector<int64_t>& sizes, TF_Status* status) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  return Held(TF_AllocateOutput(context, index, TF_FLOAT, sizes.data(), static_cast<int>(sizes.size()), count * sizeof(float), status));
}

// With the shape of another tensor.
inline Held outputLike(TF_OpKernelContext* context, int index, const Held& other, TF_Status* status) {
  std::vector<int64_t> sizes;
  for (int axis = 0; axis < other.axes(); axis++) sizes.push_back(other.size(axis));
  return output(context, index, sizes, status);
}

// Whether the condition holds; where not, the operation has failed.
inline bool check(TF_OpKernelContext* context, TF_Status* status, bool holds, const char* expected) {
  if (holds) return true;
  TF_SetStatus(status, TF_INVALID_ARGUMENT, (std::string("expected ") + expected + ".").c_str());
  TF_OpKernelContext_Failure(context, status);
  return false;
}

// Of an operation without attributes.
struct NoSettings {
  void read(TF_OpKernelConstruction*, TF_Status*) {}
};

template <typename Settings>
void* create(TF_OpKernelConstruction* construction) {
  Status status;
  auto* settings = new Settings();
  settings->read(construction, status);
  if (!status.good()) TF_OpKernelConstruction_Failure(construction, status);
  return settings;
}

template <typename Settings>
void destroy(void* settings) {
  delete static_cast<Settings*>(settings);
}

inline void unknownShapes(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

// Registers an operation for processors. Settings::read takes the attributes from the construction.
template <typename Settings>
void define(const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs,
            std::initializer_list<const char*> attributes, void (*compute)(void*, TF_OpKernelContext*)) {
  Status status;
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* one : inputs) TF_OpDefinitionBuilderAddInput(definition, one);
  for (const char* one : outputs) TF_OpDefinitionBuilderAddOutput(definition, one);
  for (const char* one : attributes) TF_OpDefinitionBuilderAddAttr(definition, one);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, unknownShapes);
  TF_RegisterOpDefinition(definition, status);
  if (!status.good()) return;
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(name, "CPU", create<Settings>, compute, destroy<Settings>);
  TF_RegisterKernelBuilder(name, kernel, status);
}

}  // namespace igds

// Memory for what an operation works on between its input and its result.
#pragma once
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace igds {

struct alignas(64) CacheLine {
  float numbers[16];
};

using Lines = std::vector<CacheLine>;

inline void makeRoom(Lines& lines, int64_t numbers) {
  const size_t wanted = static_cast<size_t>(numbers + 15) / 16;
  if (lines.size() >= wanted) return;
  // Not to be copied on growing.
  lines.clear();
  lines.resize(wanted);
}

// A little, for a part of the work: each thread keeps its own from call to call.
template <int WHICH>
float* scratch(int64_t numbers) {
  static thread_local Lines room;
  makeRoom(room, numbers);
  return room.data()->numbers;
}

// Much, for a whole operation: the next one takes what this one gives back, so that there is as much of it as operations
// that run at once, whichever threads they run on.
class Borrowed {
 public:
  explicit Borrowed(int64_t numbers) {
    {
      std::lock_guard<std::mutex> lock(mutex());
      if (!free().empty()) {
        lines_ = std::move(free().back());
        free().pop_back();
      }
    }
    makeRoom(lines_, numbers);
  }
  ~Borrowed() {
    std::lock_guard<std::mutex> lock(mutex());
    free().push_back(std::move(lines_));
  }
  Borrowed(const Borrowed&) = delete;
  float* data() { return lines_.data()->numbers; }

 private:
  // Never destroyed: an operation may still run while the process ends.
  static std::mutex& mutex() {
    static auto* const one = new std::mutex();
    return *one;
  }
  static std::vector<Lines>& free() {
    static auto* const all = new std::vector<Lines>();
    return *all;
  }

  Lines lines_;
};

}  // namespace igds

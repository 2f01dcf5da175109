// Work shared by the cores: TensorFlow's C API does not lend its own threads to an operation.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace igds {

// Threads that wait for work. They are never joined: they go with the process, as TensorFlow's do.
class Team {
 public:
  static Team& the() {
    static Team* team = new Team(wanted());
    return *team;
  }

  int64_t size() const { return threads_; }

  // Calls work(i) for each i below count, in any order. Where another caller has the team, this one works alone.
  void each(int64_t count, const std::function<void(int64_t)>& work) {
    std::unique_lock<std::mutex> mine(taken_, std::try_to_lock);
    if (!mine || threads_ < 2 || count < 2) {
      for (int64_t i = 0; i < count; i++) work(i);
      return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      work_ = &work;
      count_ = count;
      next_ = 0;
    }
    wake_.notify_all();
    share(work, count);
    // A helper that wakes only now finds nothing open: it is not waited for.
    std::unique_lock<std::mutex> lock(mutex_);
    work_ = nullptr;
    done_.wait(lock, [this] { return inside_ == 0; });
  }

 private:
  explicit Team(int threads) : threads_(threads) {
    for (int i = 1; i < threads; i++) std::thread([this] { help(); }).detach();
  }

  // As many as TensorFlow takes for one operation.
  static int wanted() {
    const char* given = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int number = given ? std::atoi(given) : 0;
    return number > 0 ? number : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }

  // As TensorFlow's threads do: whoever takes a part of the work, its bits are the same.
  static void flushDenormals() {
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040);
#elif defined(__aarch64__) && defined(__GNUC__)
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control | (1ull << 24)));
#endif
  }

  void share(const std::function<void(int64_t)>& work, int64_t count) {
    for (int64_t i = next_++; i < count; i = next_++) work(i);
  }

  void help() {
    flushDenormals();
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return work_ != nullptr && next_ < count_; });
      inside_++;
      const std::function<void(int64_t)>& work = *work_;
      const int64_t count = count_;
      lock.unlock();
      share(work, count);
      lock.lock();
      if (--inside_ == 0) done_.notify_one();
    }
  }

  const int threads_;
  std::mutex taken_, mutex_;
  std::condition_variable wake_, done_;
  // Guarded by mutex_, but for next_.
  const std::function<void(int64_t)>* work_ = nullptr;
  int64_t count_ = 0;
  int inside_ = 0;
  std::atomic<int64_t> next_{0};
};

}  // namespace igds

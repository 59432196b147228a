// Sets of up to 64 W small numbers, and a hash table of such sets.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace groundwork::scheduler {

template <int W> struct Bits {
    std::array<std::uint64_t, W> word{};

    void set(int i) { word[i / 64] |= std::uint64_t{1} << (i % 64); }
    void reset(int i) { word[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
    bool has(int i) const { return word[i / 64] >> (i % 64) & 1; }
    bool operator==(const Bits &) const = default;
    bool empty() const { return *this == Bits{}; }
    std::uint64_t hash() const {
        std::uint64_t h = 0;
        for (const std::uint64_t w : word) {
            h = (h ^ w) * 0x9e3779b97f4a7c15u;
            h ^= h >> 32;
        }
        return h;
    }
    template <class Body> void each(Body &&body) const {
        for (int k = 0; k < W; ++k) {
            for (std::uint64_t w = word[k]; w; w &= w - 1) {
                body(64 * k + std::countr_zero(w));
            }
        }
    }
};

// Whole sets are stored and compared, so two states are never taken for one another. The empty
// set marks a free slot: it is never a state worth remembering.
template <int W> class BitsTable {
  public:
    BitsTable() : slots_(1024) {}
    std::size_t size() const { return used_; }
    bool contains(const Bits<W> &key) const { return !slots_[place(key)].empty(); }
    void insert(const Bits<W> &key) {
        if (10 * used_ >= 7 * slots_.size()) {
            grow();
        }
        Bits<W> &slot = slots_[place(key)];
        used_ += slot.empty();
        slot = key;
    }

  private:
    std::size_t place(const Bits<W> &key) const {
        std::size_t at = key.hash() & (slots_.size() - 1);
        while (!slots_[at].empty() && !(slots_[at] == key)) {
            at = (at + 1) & (slots_.size() - 1);
        }
        return at;
    }
    void grow() {
        std::vector<Bits<W>> old(2 * slots_.size());
        old.swap(slots_);
        for (const Bits<W> &key : old) {
            if (!key.empty()) {
                slots_[place(key)] = key;
            }
        }
    }
    std::vector<Bits<W>> slots_;
    std::size_t used_ = 0;
};

} // namespace groundwork::scheduler

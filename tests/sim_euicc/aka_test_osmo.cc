// A judge that is not us: osmo-auc-gen of libosmocore is the authentication centre, and our USIM
// answers its challenges.
#include <stdio.h>
#include <sys/wait.h>

#include <map>
#include <sstream>

#include "tests/sim_euicc/aka_test_support.h"

namespace sim::testing {
namespace {

/// What a run of osmo-auc-gen printed: names and values.
using Vector = std::map<std::string, std::string>;

Vector parse(const std::string& output) {
  Vector vector;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::size_t colon = line.find(":\t");
    if (colon != std::string::npos) vector[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return vector;
}

Vector osmo_auc_gen(const std::string& arguments) {
  FILE* pipe = ::popen(("osmo-auc-gen " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {};
  std::string output;
  char buffer[4096];
  for (std::size_t size; (size = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    output.append(buffer, size);
  int status = ::pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << arguments << "\n" << output;
  return parse(output);
}

bool is_installed() {
  int status = ::system("command -v osmo-auc-gen >/dev/null 2>&1");
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Bytes bytes(const Vector& vector, const std::string& name) {
  auto found = vector.find(name);
  EXPECT_TRUE(found != vector.end()) << "osmo-auc-gen gave no " << name;
  return found == vector.end() ? Bytes{} : rsp::from_hex(found->second).value();
}

/// What a USIM answers in the 3G context that has computed the same.
Bytes success(const Vector& vector) {
  Bytes out{0xDB};
  for (const char* name : {"RES", "CK", "IK", "Kc"}) {
    Bytes value = bytes(vector, name);
    out.push_back(static_cast<std::uint8_t>(value.size()));
    rsp::append(out, value);
  }
  return out;
}

class OsmoAucGen : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_installed())
      GTEST_SKIP() << "there is no osmo-auc-gen (Debian package libosmocore-utils)";
  }

  /// A subscriber with a key and an OPc of his own.
  AkaParameter subscriber(AkaParameter parameter) {
    AlgoParameter& algorithm = algorithm_of(parameter);
    random_.fill(algorithm.key);
    random_.fill(algorithm.opc);
    keys_ = " -k " + to_hex(algorithm.key) + " -o " + to_hex(algorithm.opc);
    return parameter;
  }
  Vector vector(const std::string& algorithm, const Rand& rand, std::uint64_t sqn) {
    return osmo_auc_gen("-3 -f 8000 -a " + algorithm + keys_ + " -r " + to_hex(rand) + " -s " +
                        std::to_string(sqn));
  }

  std::string keys_;
  rsp::SeededRandom random_{35206};
};

constexpr int kSubscribers = 10;

TEST_F(OsmoAucGen, MilenageGivesTheSameResCkIkAndKc) {
  for (int i = 0; i < kSubscribers; ++i) {
    Usim usim(subscriber(milenage()));
    auto rand = random_.octets<16>();
    Vector expected = vector("MILENAGE", rand, random_.next() % (1U << 30) + 32);
    auto answer = usim.authenticate(kUmtsContext, challenge(rand, bytes(expected, "AUTN")));
    EXPECT_EQ(to_hex(answer.data), to_hex(success(expected)));
    EXPECT_EQ(answer.sw, rsp::card::kOk);
  }
}

TEST_F(OsmoAucGen, MilenageGivesTheSameSresAndKcForGsm) {
  for (int i = 0; i < kSubscribers; ++i) {
    Usim usim(subscriber(milenage()));
    auto rand = random_.octets<16>();
    Vector expected = vector("MILENAGE", rand, 64);  // whose SRES and Kc are conversions, as ours
    EXPECT_EQ(
        text_of(usim.authenticate(kGsmContext, gsm_challenge(rand))),
        "04" + to_hex(bytes(expected, "SRES")) + "08" + to_hex(bytes(expected, "Kc")) + "9000");
  }
}

TEST_F(OsmoAucGen, MilenageResolvesAutsAndIsAcceptedAgain) {
  for (int i = 0; i < kSubscribers; ++i) {
    Usim usim(subscriber(milenage()));
    auto rand = random_.octets<16>();
    std::uint64_t sqn = random_.next() % (1U << 30) + 32;
    Vector first = vector("MILENAGE", rand, sqn);
    Bytes data = challenge(rand, bytes(first, "AUTN"));
    EXPECT_EQ(usim.authenticate(kUmtsContext, data).data[0], 0xDB);

    auto replayed = usim.authenticate(kUmtsContext, data);
    ASSERT_EQ(replayed.data.size(), 16U);
    EXPECT_EQ(replayed.data[0], 0xDC);
    Vector next = osmo_auc_gen("-3 -f 8000 -a MILENAGE" + keys_ + " -r " + to_hex(rand) + " -A " +
                               to_hex(BytesView(replayed.data).subspan(2)));
    EXPECT_EQ(next["SQN.MS"], std::to_string(sqn));
    EXPECT_EQ(to_hex(usim.authenticate(kUmtsContext, challenge(rand, bytes(next, "AUTN"))).data),
              to_hex(success(next)));
  }
}

TEST_F(OsmoAucGen, MilenageWithAnotherKeyIsAMacFailure) {
  Usim usim(subscriber(milenage()));
  subscriber(milenage());
  auto rand = random_.octets<16>();
  Vector other = vector("MILENAGE", rand, 64);
  EXPECT_EQ(text_of(usim.authenticate(kUmtsContext, challenge(rand, bytes(other, "AUTN")))),
            "9862");
}

TEST_F(OsmoAucGen, TestAlgorithmGivesTheSameResCkIkAndKc) {
  for (int i = 0; i < kSubscribers; ++i) {
    Usim usim(subscriber(test_algorithm()));
    auto rand = random_.octets<16>();
    Vector expected = vector("XOR", rand, random_.next() % (1U << 30) + 32);
    auto answer = usim.authenticate(kUmtsContext, challenge(rand, bytes(expected, "AUTN")));
    EXPECT_EQ(to_hex(answer.data), to_hex(success(expected)));
    EXPECT_EQ(answer.sw, rsp::card::kOk);
  }
}

TEST_F(OsmoAucGen, TestAlgorithmResolvesAuts) {
  Usim usim(subscriber(test_algorithm()));
  EXPECT_TRUE(usim.accepts(1234, 5));
  auto answer = usim.challenge_with(sqn_of(1235, 5), rsp::crypto::kAmfResynch);
  ASSERT_EQ(answer.data.size(), 16U);
  Vector next = osmo_auc_gen("-3 -f 8000 -a XOR" + keys_ + " -r " + to_hex(kRand) + " -A " +
                             to_hex(BytesView(answer.data).subspan(2)));
  EXPECT_EQ(next["SQN.MS"], std::to_string(1234 << kIndBits | 5));
}

}  // namespace
}  // namespace sim::testing

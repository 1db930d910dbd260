package dev.counterfoil.custodian.following;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class VouchedTellerTest {
  @Test
  void whatGrewWhileItToldIsToldInOneAndWhatIsLeftAtTheEndToo() throws Exception {
    CountDownLatch stop = new CountDownLatch(1);
    VouchedTeller teller = new VouchedTeller(10);
    List<String> told = new ArrayList<>();
    teller.grew(12);
    teller.run(
        (from, to) -> {
          told.add(from + " to " + to);
          if (from == 10) {
            teller.grew(20);
            teller.grew(13);
          } else {
            stop.countDown();
            teller.grew(21);
          }
        },
        stop);
    assertThat(told).containsExactly("10 to 12", "12 to 20", "20 to 21");
  }
}

package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.policy.CosignedBy;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many requests at once: what is cosigned is one history, and its times never run back. */
class WitnessRaceTest {
  private static final int ROUNDS = 40;
  private static final int CALLERS = 8;

  @TempDir Path folder;

  private record Reply(AddCheckpoint request, HttpResponse<byte[]> response) {}

  @Test
  void ofManyRequestsFromOneSizeOneIsCosigned() throws Exception {
    TestLog honest = TestLog.of("log.example", 400);
    TestLog forked = honest.forkedAt(0);
    TestWitness.accept(folder, honest);
    Random random = new Random(3);
    Map<Long, AddCheckpoint> cosigned = new TreeMap<>();
    try (TestWitness witness = TestWitness.start(folder, InstantSource.system());
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
      int held = 0;
      long time = 0;
      TestLog history = honest;
      for (int round = 0; round < ROUNDS; round++) {
        CyclicBarrier together = new CyclicBarrier(CALLERS);
        List<Future<Reply>> replies = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
          // Both histories in every round; in the first both may win.
          TestLog log = caller % 2 == 0 ? honest : forked;
          int old = held;
          AddCheckpoint request = log.request(old, held + 1 + random.nextInt(9));
          replies.add(
              callers.submit(
                  () -> {
                    together.await();
                    return new Reply(request, witness.post(request));
                  }));
        }
        int won = 0;
        for (Future<Reply> future : replies) {
          Reply reply = future.get();
          int status = reply.response().statusCode();
          assertThat(status).isIn(200, 409, 422);
          if (status == 200) {
            won++;
            held = (int) reply.request().checkpoint().size();
            history =
                honest.checkpoint(held).equals(reply.request().checkpoint()) ? honest : forked;
            cosigned.put((long) held, reply.request());
            CosignedBy by = witness.cosigned(reply.request(), reply.response());
            assertThat(by.quorum()).isTrue();
            assertThat(by.quorumTimestamp().orElseThrow()).isGreaterThanOrEqualTo(time);
            time = by.quorumTimestamp().orElseThrow();
          }
        }
        assertThat(won).as("round %d", round).isEqualTo(1);
      }
      TestLog only = history;
      assertThat(cosigned.values())
          .hasSize(ROUNDS)
          .allSatisfy(
              request ->
                  assertThat(request.checkpoint())
                      .isEqualTo(only.checkpoint((int) request.checkpoint().size())));
    }
  }
}

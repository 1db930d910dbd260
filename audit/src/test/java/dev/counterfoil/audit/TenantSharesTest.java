package dev.counterfoil.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who asks for much waits for himself. */
class TenantSharesTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Fence GLOBEX = new Fence("trial", "globex");
  private static final Fence INITECH = new Fence("trial", "initech");

  private static TenantShares shares(Duration patience) {
    return new TenantShares("searches", 4, 2, patience);
  }

  @Test
  void aTenantHasHisShareAndOthersHaveTheirs() throws Exception {
    TenantShares shares = shares(Duration.ZERO);
    List<TenantShares.Share> taken = new ArrayList<>();
    taken.add(shares.take(ACME));
    taken.add(shares.take(ACME));
    assertThatThrownBy(() -> shares.take(ACME))
        .isInstanceOf(AuditBusyException.class)
        .hasMessage("a tenant has 2 searches at one time: wait until one of yours has ended");
    taken.add(shares.take(GLOBEX));
    assertThatThrownBy(() -> shares.take(GLOBEX))
        .as("the last place is for who has none")
        .isInstanceOf(AuditBusyException.class)
        .hasMessageContaining("too many searches are under way");
    taken.add(shares.take(INITECH));
    assertThatThrownBy(() -> shares.take(new Fence("trial", "more")))
        .isInstanceOf(AuditBusyException.class);
    taken.removeFirst().close();
    taken.add(shares.take(new Fence("trial", "more")));
    taken.forEach(TenantShares.Share::close);
    taken.clear();
    taken.add(shares.take(ACME));
    taken.add(shares.take(ACME));
    assertThat(taken).hasSize(2);
  }

  @Test
  void whoWaitsHasThePlaceThatBecomesFree() throws Exception {
    TenantShares shares = shares(Duration.ofMinutes(5));
    TenantShares.Share first = shares.take(ACME);
    shares.take(ACME);
    CompletableFuture<TenantShares.Share> third = new CompletableFuture<>();
    Thread waiting =
        Thread.startVirtualThread(
            () -> {
              try {
                third.complete(shares.take(ACME));
              } catch (AuditBusyException e) {
                third.completeExceptionally(e);
              }
            });
    while (waiting.getState() != Thread.State.TIMED_WAITING) {
      Thread.sleep(5);
    }
    assertThat(third).isNotDone();
    first.close();
    assertThat(third.get(60, TimeUnit.SECONDS)).isNotNull();
  }
}

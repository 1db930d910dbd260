package dev.counterfoil.audit.access;

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
    CompletableFuture<TenantShares.Share> third = waits(shares, ACME);
    assertThat(third).isNotDone();
    first.close();
    assertThat(third.get(60, TimeUnit.SECONDS)).isNotNull();
  }

  /** Who is new is so for his first place alone, and keeps nobody from one while he has it. */
  @Test
  void aNewcomerWaitsForOthersAndNotForHimself() throws Exception {
    TenantShares shares = shares(Duration.ofMinutes(5));
    TenantShares.Share acme = shares.take(ACME);
    TenantShares.Share second = shares.take(ACME);
    TenantShares.Share globex = shares.take(GLOBEX);
    shares.take(INITECH);
    Fence late = new Fence("trial", "late");
    List<CompletableFuture<TenantShares.Share>> two =
        List.of(waits(shares, late), waits(shares, late));
    acme.close();
    CompletableFuture.anyOf(two.getFirst(), two.getLast()).get(60, TimeUnit.SECONDS);
    second.close();
    assertThat(two)
        .as("the last place is for a tenant that has none")
        .anyMatch(one -> !one.isDone());
    globex.close();
    for (CompletableFuture<TenantShares.Share> one : two) {
      assertThat(one.get(60, TimeUnit.SECONDS)).isNotNull();
    }
    assertThat(shares.take(ACME)).isNotNull();
  }

  @Test
  void whoWaitsInVainForAFirstPlaceKeepsNobodyFromASecond() throws Exception {
    TenantShares shares = shares(Duration.ofMillis(1));
    List<TenantShares.Share> taken = new ArrayList<>();
    taken.add(shares.take(ACME));
    taken.add(shares.take(ACME));
    taken.add(shares.take(GLOBEX));
    taken.add(shares.take(INITECH));
    assertThatThrownBy(() -> shares.take(new Fence("trial", "late")))
        .isInstanceOf(AuditBusyException.class);
    taken.removeFirst().close();
    taken.removeFirst().close();
    assertThat(shares.take(GLOBEX)).isNotNull();
  }

  /** Somebody who asks for a place, and waits by now. */
  private static CompletableFuture<TenantShares.Share> waits(TenantShares shares, Fence fence)
      throws InterruptedException {
    CompletableFuture<TenantShares.Share> taken = new CompletableFuture<>();
    Thread waiting =
        Thread.startVirtualThread(
            () -> {
              try {
                taken.complete(shares.take(fence));
              } catch (AuditBusyException e) {
                taken.completeExceptionally(e);
              }
            });
    while (waiting.getState() != Thread.State.TIMED_WAITING) {
      Thread.sleep(5);
    }
    return taken;
  }
}

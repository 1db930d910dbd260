package dev.counterfoil.benchmarks.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.benchmarks.audit.ReceivedMail.Asked;
import dev.counterfoil.format.audit.AuditEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;

class ReceivedMailTest {
  @Test
  void whatIsAskedForIsThereAndOthersAreNot() throws InterruptedException {
    List<Asked> asked = new ArrayList<>();
    BlockingQueue<List<AuditEvent>> made =
        ReceivedMail.made(2 * ReceivedMail.AT_ONCE, ReceivedMail.SPAN_MS, asked);
    Set<String> tokens = new HashSet<>();
    for (int i = 0; i < 2; i++) {
      made.take().forEach(event -> tokens.add(event.keys().token().orElseThrow()));
    }
    MailAccess others = ReceivedMail.others();

    assertThat(asked).hasSize(2).allMatch(one -> tokens.contains(one.token()));
    for (int i = 0; i < 2 * ReceivedMail.SAMPLES; i++) {
      assertThat(tokens).doesNotContain(others.absentToken());
    }
  }
}

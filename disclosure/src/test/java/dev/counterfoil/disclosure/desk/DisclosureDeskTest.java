package dev.counterfoil.disclosure.desk;

import static dev.counterfoil.disclosure.desk.DeskWorld.ANNA;
import static dev.counterfoil.disclosure.desk.DeskWorld.BEN;
import static dev.counterfoil.disclosure.desk.DeskWorld.about;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.VictimCounts;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.NoticeState;
import dev.counterfoil.disclosure.record.Publication;
import dev.counterfoil.disclosure.record.RecordKind;
import dev.counterfoil.disclosure.victims.NoticeText;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.signerprotocol.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From an incident to a statement, notices, and the correction that reaches everyone. */
class DisclosureDeskTest {
  @TempDir private Path folder;

  private SignedDisclosure read(String file) throws Exception {
    return SignedDisclosure.parse(Files.readAllBytes(folder.resolve("public").resolve(file)));
  }

  @Test
  void aStatementIsPublishedByTwoAndVerifiesOffline() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      String draft = world.draft();
      world.did(ANNA, "approve", about("7").with("draft", draft));
      Answer.Refused alone = world.refused(ANNA, "publish", about("7").with("draft", draft));
      assertThat(alone.code()).isEqualTo(Answer.Code.NOT_ALLOWED);

      world.did(BEN, "approve", about("7").with("draft", draft));
      JsonObject published = world.did(ANNA, "publish", about("7").with("draft", draft));

      SignedDisclosure signed = read("incidents/7/statement.json");
      assertThat(signed.checkCode()).isEqualTo(published.string("check_code"));
      PublicStatement statement = PublicStatement.verify(List.of(signed), world.issuer.policy());
      assertThat(statement.claim("C2")).map(Claim::state).hasValue(Claim.State.HYPOTHESIS);
      assertThat(Files.readString(folder.resolve("public/incidents/7/index.html")))
          .contains("What we do not know")
          .contains("2 tenants, 2 people, 12 items");

      TestIssuer other = new TestIssuer("consumer");
      assertThatThrownBy(() -> PublicStatement.verify(List.of(signed), other.policy()))
          .isInstanceOf(DisclosureException.class);
      SignedDisclosure unreceipted =
          new SignedDisclosure(signed.jws(), signed.delegation(), signed.key(), Optional.empty());
      assertThatThrownBy(() -> PublicStatement.verify(List.of(unreceipted), world.issuer.policy()))
          .hasMessageContaining("no receipt");
    }
  }

  @Test
  void aCrashBehindAPublicationKeepsNobodyFromItsCorrection() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      world.did(ANNA, "notify", about("7").with("draft", ""));
      world.now = world.now.plus(Duration.ofHours(3));
      world.publishing.makeMissingNotices();
      IncidentRecord record = world.record.incidents().getFirst();
      assertThat(record.notices()).as("nothing is missing yet").hasSize(2);

      // The next version is recorded, and the process ends before it makes a notice.
      Publication last = record.publications().getLast();
      PublicStatement next =
          last.statement()
              .next(
                  last.signed(), world.now, last.statement().claims(), List.of(), Optional.empty());
      SignedDisclosure signed = world.keys.sign(PublicStatement.TYPE, next.toJson(), world.now);
      world.record.add(
          RecordKind.PUBLICATION,
          "7",
          world.now,
          ANNA,
          Publication.body(List.of(BEN, ANNA), next, signed, last.texts()),
          Optional.of(signed.digest()));
      world.publishing.makeMissingNotices();
      world.publishing.makeMissingNotices();
      assertThat(record.notices()).hasSize(4);
    }
  }

  @Test
  void aStepWritesPagesWhenSomethingWasRecordedAndEveryMinute() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      world.publishing.followUp();
      Path page = folder.resolve("public/incidents/7/index.html");
      Files.delete(page);
      world.publishing.followUp();
      assertThat(page).doesNotExist();
      world.texts("summary", "Another one.");
      world.publishing.followUp();
      assertThat(page).exists();
      Files.delete(page);
      world.now = world.now.plus(Duration.ofMinutes(1));
      world.publishing.followUp();
      assertThat(page).exists();
    }
  }

  @Test
  void aTenantThatWasNamedWronglyIsToldSo() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      world.did(ANNA, "notify", about("7").with("draft", ""));
      world.now = world.now.plus(Duration.ofHours(3));
      world.open(List.of(world.account("acme", "alice")));
      world.publish();
      List<TheftNotice> notices =
          world.record.incidents().getFirst().notices().stream()
              .map(NoticeState::notice)
              .filter(notice -> notice.tenant().equals("zeta"))
              .toList();
      assertThat(notices).hasSize(2);
      assertThat(notices.getFirst().affected()).hasSize(1);
      assertThat(notices.getLast().affected()).isEmpty();
      assertThat(NoticeText.of(notices.getLast(), "code", "place"))
          .contains("none of them is affected");
    }
  }

  @Test
  void aWithdrawnClaimReachesEveryoneWhoGotTheWrongVersion() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      JsonObject sent = world.did(ANNA, "notify", about("7").with("draft", ""));
      assertThat(sent.strings("notices")).hasSize(2);
      world.now = world.now.plus(Duration.ofHours(3));

      assertThat(
              world
                  .refused(
                      ANNA,
                      "claim-withdraw",
                      about("7").with("id", "C2", "reason", "No dump was written."))
                  .text())
          .contains("with a correction");
      world.did(
          ANNA,
          "claim-withdraw",
          about("7")
              .with("id", "C2", "reason", "No dump was written.")
              .with(
                  "correction",
                  JsonObject.builder()
                      .put("wrong", "The key did not leave in a dump.")
                      .put("found_at", world.now.getEpochSecond())
                      .put("found_how", "We read every dump.")
                      .put("believed_because", "A crash came before the theft.")
                      .put("prevention", "A cause is published only with the dump.")
                      .build()));
      JsonObject due = world.did(ANNA, "clocks", JsonObject.builder().build());
      assertThat(due.objects("due").stream().map(one -> String.valueOf(one.get("rule"))))
          .contains("correction");

      JsonObject second = world.publish();

      assertThat(second.strings("notices")).hasSize(2);
      for (String code : second.strings("notices")) {
        SignedDisclosure file =
            SignedDisclosure.parse(
                world
                    .did(ANNA, "notice-file", JsonObject.builder().put("code", code).build())
                    .string("file")
                    .getBytes(StandardCharsets.UTF_8));
        TheftNotice notice = TheftNotice.verify(file, world.issuer.policy());
        assertThat(notice.details().corrections()).hasSize(1);
        assertThat(notice.details().corrections().getFirst().since()).isEqualTo(TestIssuer.NOW);
      }
      assertThat(Files.readString(folder.resolve("public/incidents/7/versions/1/index.html")))
          .contains("out of date since");
      assertThat(Files.readString(folder.resolve("public/incidents/7/index.html")))
          .doesNotContain("out of date since")
          .contains("<del>");
      PublicStatement last =
          PublicStatement.verify(
              List.of(
                  read("incidents/7/versions/1/statement.json"),
                  read("incidents/7/versions/2/statement.json")),
              world.issuer.policy());
      assertThat(last.corrections()).hasSize(1);
      assertThat(
              world.did(ANNA, "clocks", JsonObject.builder().build()).objects("due").stream()
                  .map(one -> String.valueOf(one.get("rule"))))
          .doesNotContain("correction");
    }
  }

  @Test
  void twoEditorsAtOnceLoseNothing() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      JsonObject change =
          about("7")
              .with("base", 1L)
              .with(
                  "claim",
                  JsonObject.builder().put("id", "C2").put("reason", "a dump of June").build());
      world.did(ANNA, "claim-revise", change);

      assertThat(world.refused(BEN, "claim-revise", change).code()).isEqualTo(Answer.Code.OUTDATED);
      world.did(BEN, "claim-revise", change.with("base", 2L));
      assertThat(world.record.incident("7").orElseThrow().history("C2")).hasSize(3);
    }
  }

  @Test
  void whatTheRecordHoldsComesBackAfterARestartAndAChangeShows() throws Exception {
    TestIssuer issuer = new TestIssuer("consumer");
    try (DeskWorld world = new DeskWorld(folder, issuer)) {
      world.ready();
      world.publish();
    }
    Files.delete(folder.resolve("public/incidents/7/index.html"));
    try (DeskWorld world = new DeskWorld(folder, issuer)) {
      assertThat(world.record.incident("7").orElseThrow().publications()).hasSize(1);
      assertThat(folder.resolve("public/incidents/7/index.html")).exists();
    }
    try (var contents = Files.list(folder.resolve("own/contents"))) {
      Path one = contents.sorted().findFirst().orElseThrow();
      Files.writeString(one, Files.readString(one).replace("\"v\":1", "\"v\":2"));
    }
    assertThatThrownBy(() -> new DeskWorld(folder, issuer))
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("was changed");
  }

  @Test
  void eachTenantFindsItselfAmongTheCommittedCounts() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      JsonObject sent = world.did(ANNA, "notify", about("7").with("draft", ""));
      String list = Files.readString(folder.resolve("public/incidents/7/counts.txt"));
      PublicStatement statement =
          PublicStatement.verify(
              List.of(read("incidents/7/statement.json")), world.issuer.policy());
      VictimCounts counts = statement.counts().orElseThrow();
      assertThat(Hash.sha256(list.getBytes(StandardCharsets.UTF_8)))
          .isEqualTo(counts.commitments());
      assertThat(list.lines()).hasSize(2);
      for (String code : sent.strings("notices")) {
        TheftNotice notice =
            world.record.incident("7").orElseThrow().notice(code).orElseThrow().notice();
        assertThat(list)
            .contains(
                VictimCounts.line(
                    notice.details().countedSalt(),
                    notice.tenant(),
                    1,
                    notice.tenant().equals("acme") ? 12 : 0));
      }
    }
  }

  @Test
  void withdrawnEvidenceStartsTheCorrectionClock() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      JsonObject gone = about("7").with("evidence", "finding 17", "why", "It was of another host.");
      world.did(BEN, "evidence-withdraw", gone);
      JsonObject due =
          world.did(ANNA, "clocks", JsonObject.builder().build()).objects("due").getFirst();
      assertThat(due.string("rule")).isEqualTo("correction");
      assertThat(due.string("due")).isEqualTo(world.now.plus(Duration.ofDays(3)).toString());
      assertThat(world.did(ANNA, "check", about("7")).strings("objections"))
          .anyMatch(line -> line.contains("all its evidence was withdrawn"));
    }
  }
}

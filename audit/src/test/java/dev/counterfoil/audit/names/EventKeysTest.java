package dev.counterfoil.audit.names;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.access.Fence;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventKeysTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final SourceStream STREAM = new SourceStream("trial/mail", "");

  private final EventKeys keys = new EventKeys();
  private final AtomicInteger derived = new AtomicInteger();

  private static List<KeyedName> person(int number) {
    byte[] key = ByteBuffer.allocate(NameHash.KEY_BYTES).putInt(number).array();
    return List.of(new KeyedName(ACME, "person " + number, key, number));
  }

  private byte[] salt(List<KeyedName> people, boolean forgotten) {
    return keys.of(
            people,
            some -> {
              derived.incrementAndGet();
              return derive(some);
            },
            _ -> forgotten)
        .salt(STREAM, 1);
  }

  private static EventKey derive(List<KeyedName> people) {
    return new EventKey(new NameHash(people.getFirst().key()));
  }

  @Test
  void aKeyIsDerivedOnceForThoseWhoComeAgain() {
    List<KeyedName> alice = person(1);

    assertThat(salt(alice, false)).isEqualTo(salt(alice, false));
    assertThat(derived).hasValue(1);
    assertThat(salt(person(1), false)).as("who has the same key is another").isNotNull();
    assertThat(derived).hasValue(2);
  }

  @Test
  void whatEventsOfNobodySayIsNotRemembered() {
    NameHash key = new NameHash(person(1).getFirst().key());
    EventKey nobody = EventKey.ofNobody(key);
    EventKey somebody = new EventKey(key);
    assertThat(nobody.sealTexts("alice was here"))
        .isEqualTo(somebody.sealTexts("alice was here"))
        .isNotSameAs(nobody.sealTexts("alice was here"));
    assertThat(somebody.sealTexts("alice was here"))
        .as("the control: it goes where the key goes")
        .isSameAs(somebody.sealTexts("alice was here"));
  }

  @Test
  void whoeverSharesAPlaceGetsHisOwnKey() {
    List<List<KeyedName>> all = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      all.add(person(i));
    }
    for (int round = 0; round < 2; round++) {
      for (List<KeyedName> people : all) {
        assertThat(salt(people, false)).isEqualTo(derive(people).salt(STREAM, 1));
      }
    }
  }

  @Test
  void ofSomebodyWhoIsForgottenNothingIsKept() {
    List<KeyedName> alice = person(1);
    salt(alice, false);
    keys.clear();
    salt(alice, true);
    salt(alice, true);

    assertThat(derived).as("made each time").hasValue(3);
  }
}

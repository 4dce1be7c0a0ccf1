package bikes;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.api.ChannelAwareMessageListener;

/** The workshop: repairs what it understands, refuses the rest, tells the desk. */
public final class Workshop {
  private static final Map<String, Integer> WORK_MS = Map.of("puncture", 60, "brakes", 120, "gears", 180);

  static final class UnknownFault extends Exception {
    UnknownFault(String fault) {
      super("nobody here can repair " + fault);
    }
  }

  private final Book book;
  private final Broker broker;

  private Workshop() throws Exception {
    book = new Book(System.getenv("DATABASE"), "workshop_repairs");
    broker = new Broker(System.getenv("AMQP_URL"));
  }

  public static void main(String[] arguments) throws Exception {
    Workshop workshop = new Workshop();
    workshop.listen("workshop.repairs");
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
    System.out.println("ready " + server.getAddress().getPort());
  }

  /** Listens as Spring applications do; an exception of the listener refuses the message for good. */
  private void listen(String queue) throws Exception {
    CachingConnectionFactory connections = new CachingConnectionFactory(new URI(System.getenv("AMQP_URL")));
    SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(connections);
    container.setQueueNames(queue);
    container.setPrefetchCount(1);
    container.setDefaultRequeueRejected(false);
    container.setErrorHandler(trouble -> {});
    container.setMessageListener(
        (ChannelAwareMessageListener)
            (message, channel) -> take(Repair.of(new String(message.getBody(), StandardCharsets.UTF_8))));
    container.afterPropertiesSet();
    container.start();
  }

  private void take(Repair repair) throws Exception {
    Telling.mark(repair, "ACCEPTED", "repair.accepted");
    Telling.span("repair.work", repair, "ACCEPTED", "repair.work", () -> work(repair));
    Telling.status(repair, "REPAIRED", () -> book.write(repair.id(), "REPAIRED"));
    Telling.span("repair.announce", repair, "REPAIRED", "repair.done", () -> broker.publish("repair.done", repair));
  }

  private static void work(Repair repair) throws Exception {
    Integer time = WORK_MS.get(repair.fault());
    if (time == null) {
      throw new UnknownFault(repair.fault());
    }
    Thread.sleep(time);
  }
}

/*
 * Floor B: what no central can do without, in C. Senders move whole CSV files to a receiver in blocks of
 * 8 KiB, each acknowledged before the next is sent. The receiver appends all blocks that one epoll round
 * has completed, calls fdatasync once, and only then acknowledges them (group commit). Nothing is parsed.
 *
 *   floor recv PORT OUTFILE SENDERS
 *   floor send PORT INFILE
 *
 * A block is its length, 4 bytes in the machine's order, and so many bytes. The answer to a block, and to
 * the end of all senders, is one byte.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK_BYTES = 8192, HEADER_BYTES = 4, SENDERS_MAX = 64 };

struct sender {
  int fd;
  size_t received;
  unsigned char block[HEADER_BYTES + BLOCK_BYTES];
};

static void check(int ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(1);
}

static void write_all(int fd, const unsigned char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(fd, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    check(written >= 0, "write");
    bytes += written;
    count -= (size_t)written;
  }
}

static void read_answer(int fd) {
  char answer;
  ssize_t got;
  do got = read(fd, &answer, 1);
  while (got < 0 && errno == EINTR);
  check(got == 1, "read answer");
}

static struct sockaddr_in loopback(const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void send_at_once(int fd) {
  int on = 1;
  check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
}

static int listen_on(const char *port) {
  int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(port);
  check(fd >= 0, "socket");
  check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0, "SO_REUSEADDR");
  check(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
  check(listen(fd, SENDERS_MAX) == 0, "listen");
  return fd;
}

static void watch(int epoll, int fd, struct sender *sender) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = sender};
  check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

/* Reads what has arrived. 1: a block is complete; 0: not yet; -1: the sender has finished. */
static int receive(struct sender *sender) {
  size_t room = sizeof sender->block - sender->received;
  ssize_t got = read(sender->fd, sender->block + sender->received, room);
  uint32_t length;
  if (got < 0 && errno == EINTR) return 0;
  check(got >= 0, "read");
  if (got == 0) return -1;
  sender->received += (size_t)got;
  if (sender->received < HEADER_BYTES) return 0;
  memcpy(&length, sender->block, HEADER_BYTES);
  check(length <= BLOCK_BYTES, "length of a block");
  return sender->received >= HEADER_BYTES + length;
}

static int run_receiver(const char *port, const char *path, int expected) {
  static struct sender senders[SENDERS_MAX];
  struct epoll_event events[SENDERS_MAX];
  struct sender *complete[SENDERS_MAX];
  int accepted = 0, finished = 0, epoll = epoll_create1(0), listener = listen_on(port);
  int out = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  check(out >= 0, path);
  check(expected <= SENDERS_MAX, "too many senders");
  watch(epoll, listener, NULL);
  while (finished < expected) {
    int completed = 0, ready = epoll_wait(epoll, events, SENDERS_MAX, -1);
    for (int i = 0; i < ready; i++) {
      struct sender *sender = events[i].data.ptr;
      if (sender == NULL) {
        sender = &senders[accepted++];
        sender->fd = accept(listener, NULL, NULL);
        check(sender->fd >= 0, "accept");
        send_at_once(sender->fd);
        watch(epoll, sender->fd, sender);
        continue;
      }
      int state = receive(sender);
      if (state < 0) {
        finished++;
        check(epoll_ctl(epoll, EPOLL_CTL_DEL, sender->fd, NULL) == 0, "epoll_ctl");
      } else if (state > 0) {
        write_all(out, sender->block + HEADER_BYTES, sender->received - HEADER_BYTES);
        sender->received = 0;
        complete[completed++] = sender;
      }
    }
    if (completed > 0) check(fdatasync(out) == 0, "fdatasync");
    for (int i = 0; i < completed; i++) write_all(complete[i]->fd, (const unsigned char *)"k", 1);
  }
  for (int i = 0; i < accepted; i++) write_all(senders[i].fd, (const unsigned char *)"e", 1);
  return 0;
}

static int run_sender(const char *port, const char *path) {
  static unsigned char block[HEADER_BYTES + BLOCK_BYTES];
  struct sockaddr_in address = loopback(port);
  int in = open(path, O_RDONLY), fd = socket(AF_INET, SOCK_STREAM, 0);
  check(in >= 0, path);
  check(fd >= 0, "socket");
  send_at_once(fd);
  check(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
  for (;;) {
    ssize_t got = read(in, block + HEADER_BYTES, BLOCK_BYTES);
    uint32_t length = (uint32_t)got;
    check(got >= 0, path);
    if (got == 0) break;
    memcpy(block, &length, HEADER_BYTES);
    write_all(fd, block, HEADER_BYTES + (size_t)got);
    read_answer(fd);
  }
  check(shutdown(fd, SHUT_WR) == 0, "shutdown");
  read_answer(fd);
  puts("action: consulta_ganadores | result: success | cant_ganadores: 0");
  return 0;
}

int main(int count, char **arguments) {
  if (count == 5 && strcmp(arguments[1], "recv") == 0)
    return run_receiver(arguments[2], arguments[3], atoi(arguments[4]));
  if (count == 4 && strcmp(arguments[1], "send") == 0) return run_sender(arguments[2], arguments[3]);
  fputs("usage: floor recv PORT OUTFILE SENDERS | floor send PORT INFILE\n", stderr);
  return 2;
}

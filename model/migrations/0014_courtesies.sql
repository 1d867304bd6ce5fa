-- +goose Up
-- What a citizen writes to an official account out of courtesy opens no request and owes no answer.
ALTER TABLE contact_message ADD COLUMN courtesy boolean NOT NULL DEFAULT FALSE;

INSERT INTO lookup (list, seq, code, title, band) VALUES
    ('courtesy_word', 1, 'HELLO', '你好', ''), ('courtesy_word', 2, 'HELLO_POLITE', '您好', ''), ('courtesy_word', 3, 'HELLO_ALL', '大家好', ''),
    ('courtesy_word', 4, 'MORNING', '早上好', ''), ('courtesy_word', 5, 'FORENOON', '上午好', ''), ('courtesy_word', 6, 'NOON', '中午好', ''),
    ('courtesy_word', 7, 'AFTERNOON', '下午好', ''), ('courtesy_word', 8, 'EVENING', '晚上好', ''), ('courtesy_word', 9, 'THERE', '在吗', ''),
    ('courtesy_word', 10, 'THERE_WRITTEN', '在么', ''), ('courtesy_word', 11, 'ANYBODY', '有人吗', ''), ('courtesy_word', 12, 'THANKS', '谢谢', ''),
    ('courtesy_word', 13, 'THANKS_YOU', '谢谢你', ''), ('courtesy_word', 14, 'THANKS_POLITE', '谢谢您', ''), ('courtesy_word', 15, 'THANKS_ALL', '谢谢你们', ''),
    ('courtesy_word', 16, 'THANKS_DEEP', '非常感谢', ''), ('courtesy_word', 17, 'THANKS_SHORT', '感谢', ''), ('courtesy_word', 18, 'THANKS_MANY', '多谢', ''),
    ('courtesy_word', 19, 'TROUBLE', '辛苦了', ''), ('courtesy_word', 20, 'TROUBLE_POLITE', '麻烦了', ''), ('courtesy_word', 21, 'FINE', '好的', ''),
    ('courtesy_word', 22, 'GOOD', '好', ''), ('courtesy_word', 23, 'RECEIVED', '收到', ''), ('courtesy_word', 24, 'KNOWN', '知道了', ''),
    ('courtesy_word', 25, 'UNDERSTOOD', '明白了', ''), ('courtesy_word', 26, 'YES', '嗯', ''), ('courtesy_word', 27, 'OH', '哦', ''),
    ('courtesy_word', 28, 'AH', '啊', ''), ('courtesy_word', 29, 'BYE', '再见', ''), ('courtesy_word', 30, 'OK', 'OK', ''), ('courtesy_word', 31, 'HI', 'HI', '');

-- +goose Down
DELETE FROM lookup WHERE list = 'courtesy_word';
ALTER TABLE contact_message DROP COLUMN courtesy;
